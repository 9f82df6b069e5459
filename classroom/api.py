"""A class from Python: `start` opens one as its teacher, `join` enters one as a student.

Calls that change something return when the change is in the class's log, or raise the refusal with its sentence. Lists
are read afresh each time and hold plain data. In a notebook the panel is shown once, and running the cell again gives
the same connection; in a script nothing is shown. This module knows no widget: what shows a panel is handed to the
`Desk` by `magics`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias, TypeVar

from classroom import entrance, lesson
from classroom.board import Board
from classroom.changes import new_id
from classroom.client import Client
from classroom.core import messages as m
from classroom.core import order, wire
from classroom.core import records as r
from classroom.core.table import View
from classroom.entrance import Admission
from classroom.keyring import Keyring
from classroom.shelf import Shelf

Who: TypeAlias = "lesson.Person | str"
What: TypeAlias = "lesson.Item | str"
Lockable: TypeAlias = Literal["draw", "chat", "names", "join"]
LOCKS: tuple[Lockable, ...] = ("draw", "chat", "names", "join")
S = TypeVar("S", bound="Seat")


class Seat:
    """What teachers and students share: a connection to one class, and what everybody may read and say."""

    role = ""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._client = Client(admission.ws, admission.token)
        try:
            self._client.wait_ready()
        except BaseException:
            self._client.close()
            raise
        self.board = Board(self._client, Shelf(admission))
        """Pages, strokes and pictures of the board."""

    def __repr__(self) -> str:
        here = len(self._client.here)
        told = f"{here} here" if self._client.state == "open" else self._client.state
        return f"<{type(self).__name__} of {self.title!r}: {told}>"

    def __enter__(self: S) -> S:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def client(self) -> Client:
        """The connection itself: records, callbacks, changes of any kind."""
        return self._client

    @property
    def admission(self) -> Admission:
        """How this seat was opened: server, class id, personal token."""
        return self._admission

    @property
    def title(self) -> str:
        """The class's title."""
        record = self._client.read(lambda view: view.get("class"))
        return record.title if isinstance(record, r.Class) else self._admission.title

    @property
    def people(self) -> list[lesson.Person]:
        """Everyone who has entered so far; `here` says who is connected."""
        here = self._client.here
        return self._client.read(lambda view: lesson.people(view, here))

    @property
    def me(self) -> lesson.Person:
        """Oneself."""
        return next(person for person in self.people if person.id == self._client.person)

    @property
    def feed(self) -> list[lesson.Item]:
        """What was pushed, first to last: `feed[-1].code` is the source of the latest."""
        return self._client.read(lesson.feed)

    @property
    def chat(self) -> list[lesson.Line]:
        """The chat, as far as one may see it."""
        return self._client.read(lesson.chat)

    def say(self, text: str, to: Literal["all", "staff"] = "all") -> None:
        """Writes a line in the chat, to everyone or to the teachers only."""
        self._client.change([m.Put(r.Message(id=new_id(), text=_text(text), to=to))])

    def rename(self, name: str) -> None:
        """Takes another name."""
        self._client.change([m.Patch((self._client.person,), {"name": name})])

    def wait_for(self, what: Callable[[Any], Any], timeout: float | None = None) -> Any:
        """Waits until `what(self)` is true, and gives it: `teacher.wait_for(lambda t: len(t.people) > 3)`.

        Raises `TimeoutError` after `timeout` seconds.
        """
        return self._client.wait(lambda view: what(self), timeout)

    def close(self) -> None:
        """Leaves: waits shortly for what is on its way, then ends the connection. The class goes on."""
        self._client.close()

    def _item(self, item: What) -> str:
        return item if isinstance(item, str) else item.id

    def _person(self, who: Who) -> str:
        """A person's id, from their data, id or name. Raises `LookupError` that names who is there."""
        if isinstance(who, lesson.Person):
            return who.id
        people = self.people
        for person in people:
            if who in (person.id, person.name):
                return person.id
        raise LookupError(f"Nobody here is called {who!r}. In the class: {', '.join(p.name for p in people)}.")


class Teacher(Seat):
    """A class as its teacher holds it. Made by `start`."""

    role = "teacher"

    def __init__(self, admission: Admission) -> None:
        super().__init__(admission)
        self.shown_code = admission.code
        """The spoken code as last heard from the server; "" while it is hidden."""

    # -- letting people in

    @property
    def link(self) -> str:
        """The join link for students: whoever has it may enter."""
        return self._admission.links.get("student", "")

    @property
    def staff_link(self) -> str:
        """The link that makes whoever opens it an assistant."""
        return self._admission.links.get("staff", "")

    @property
    def code(self) -> str:
        """The spoken code; asking for it shows it, so that it opens the class. `hide_code` ends that."""
        self.shown_code = str(self._call("code", {"show": True})["code"])
        return self.shown_code

    def hide_code(self) -> None:
        """The spoken code opens nothing until it is asked for again. Links go on working."""
        self._call("code", {"show": False})
        self.shown_code = ""

    def new_link(self, role: Literal["student", "staff"] = "student") -> str:
        """Replaces a link: the old one opens nothing from now on, who is in stays in."""
        told = self._call("links/rotate", {"role": role, "address": self._admission.address})
        self._admission.links.update({of: str(link) for of, link in told["links"].items()})
        return self._admission.links[role]

    def remove(self, who: Who) -> None:
        """Ends someone's visit: their windows close, and their way back in is gone."""
        self._call(f"people/{self._person(who)}/remove", {})

    # -- teaching

    def push(
        self,
        text: str | None = None,
        *,
        code: str | None = None,
        note: str | None = None,
        title: str = "",
        language: str = "python",
    ) -> lesson.Item:
        """Puts a note (Markdown) or a code cell into everyone's feed, and gives the entry.

        `push("Find $x$.")` and `push(note="…")` are the same. Nothing that is pushed runs by itself.
        """
        given = [(kind, it) for kind, it in (("note", text), ("note", note), ("code", code)) if it is not None]
        if len(given) != 1:
            raise TypeError('push one thing: push("a note"), push(note="…") or push(code="…")')
        kind, value = given[0]
        id = new_id()
        fields = {
            "id": id, "type": "item", "kind": kind, "title": title, "language": language,
            "text": _text(value), "order": self._client.read(_after_feed),
        }  # fmt: skip
        self._client.change([m.Put(wire.convert(r.Item, fields))])
        return next(item for item in self.feed if item.id == id)

    def withdraw(self, item: What) -> None:
        """Takes an entry out of the feed."""
        self._client.change([m.Remove((self._item(item),))])

    def responses(self, item: What) -> list[lesson.Answer]:
        """The answers to one entry of the feed, the earliest first."""
        of = self._item(item)
        return self._client.read(lambda view: lesson.answers(view, of))

    # -- who may do what

    @property
    def draw(self) -> str:
        """Who may draw besides staff: none, chosen (see `allow_drawing`) or all. Can be set."""
        record = self._client.read(lambda view: view.get("class"))
        return record.draw if isinstance(record, r.Class) else "none"

    @draw.setter
    def draw(self, who: str) -> None:
        if who not in ("none", "chosen", "all"):
            raise ValueError(f"draw is none, chosen or all, not {who!r}")
        self._class(draw=who)

    def allow_drawing(self, *people: Who, allowed: bool = True) -> None:
        """Lets these people draw (or not); without any, everyone."""
        if not people:
            self._class(draw="all" if allowed else "none")
            return
        ids = tuple(dict.fromkeys(self._person(who) for who in people))
        ops: list[m.Op] = [m.Patch(ids, {"draw": "yes" if allowed else "no"})]
        if allowed and self.draw == "none":
            ops.append(m.Patch(("class",), {"draw": "chosen"}))
        self._client.change(ops)

    def lock(self, *what: Lockable) -> None:
        """Closes for students: `draw`, `chat`, `names` (changing one's own), `join` (the door). Default: drawing."""
        self._locks(what or ("draw",), open=False)

    def unlock(self, *what: Lockable) -> None:
        """Opens what `lock` closes; without any: drawing."""
        self._locks(what or ("draw",), open=True)

    def call_back(self) -> None:
        """Brings everyone's board to the page and view that you show, once, wherever they have strayed."""
        self._class(called=1)

    def lower_hands(self) -> None:
        """All hands down."""
        raised = tuple(person.id for person in self.people if person.hand)
        if raised:
            self._client.change([m.Patch(raised, {"hand": 0})])

    def _locks(self, what: Iterable[str], open: bool) -> None:
        fields: dict[str, Any] = {}
        for name in what:
            if name not in LOCKS:
                raise ValueError(f"{name!r} cannot be locked; these can: {', '.join(LOCKS)}")
            fields[name] = ("all" if open else "none") if name == "draw" else open
        self._class(**fields)

    def _class(self, **fields: Any) -> None:
        self._client.change([m.Patch(("class",), fields)])

    def _call(self, path: str, data: Any) -> Any:
        return entrance.call(self._admission.server, path, data, token=self._admission.token)


class Student(Seat):
    """A class as a student sees it. Made by `join`."""

    role = "student"

    def answer(self, item: What, text: str = "", *, choice: int | Iterable[int] | None = None) -> None:
        """Answers an entry of the feed by text, or by numbers of options from 0. A second answer replaces the first."""
        of = self._item(item)
        picked = () if choice is None else (choice,) if isinstance(choice, int) else tuple(choice)
        fields = {"text": _text(text), "choice": picked, "state": "answered"}
        me = self._client.person
        own = self._client.read(lambda view: _own_response(view, of, me))
        if own:
            self._client.change([m.Patch((own,), fields)])
        else:
            put = wire.convert(r.Response, {"id": new_id(), "type": "response", "item": of, **fields})
            self._client.change([m.Put(put)])

    def raise_hand(self) -> None:
        """Puts one's hand up."""
        self._client.change([m.Patch((self._client.person,), {"hand": 1})])

    def lower_hand(self) -> None:
        """Puts it down."""
        self._client.change([m.Patch((self._client.person,), {"hand": 0})])


def _after_feed(view: View) -> str:
    orders = [i.order for i in view.of_type("item") if isinstance(i, r.Item)]
    return order.between(orders[-1] if orders else None, None)


def _own_response(view: View, item: str, me: str) -> str:
    own = [a.id for a in view.of_type("response") if isinstance(a, r.Response) and (a.item, a.author) == (item, me)]
    return own[0] if own else ""


def _text(text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"text is needed, not {type(text).__name__}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("The text holds half a character, which cannot be sent. Leave it out.") from None
    return text


# -- in a notebook ------------------------------------------------------------------------------------------------


class Desk:
    """What one kernel has open. It lives on the IPython shell, so that a cell that runs again finds what it opened."""

    def __init__(self, show: Callable[[Seat], None] | None = None) -> None:
        self.show = show
        self._open: dict[tuple[str, str, str], Seat] = {}
        self._lock = threading.Lock()

    def seat(self, key: tuple[str, str, str], make: Callable[[], S]) -> S:
        """The open seat of that key, or a new one."""
        with self._lock:
            known = self._open.get(key)
            if known is not None and known.client.state != "closed":
                return known  # type: ignore[return-value]
            made = make()
            self._open[key] = made
            return made

    @property
    def seats(self) -> list[Seat]:
        """What is open, the latest last."""
        return [seat for seat in self._open.values() if seat.client.state != "closed"]

    def close(self) -> None:
        """Leaves every class."""
        for seat in self.seats:
            seat.close()


def desk() -> Desk | None:
    """The desk of the notebook that runs this, with the magics loaded; None in a plain program."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return None
    if getattr(shell, "classroom_desk", None) is None:
        shell.classroom_desk = Desk()
        shell.extension_manager.load_extension("classroom")
    found: Desk = shell.classroom_desk
    return found


def _seated(key: tuple[str, str, str], make: Callable[[], S]) -> S:
    """A new seat; in a notebook the one that is open already, if any, and its panel."""
    here = desk()
    if here is None:
        return make()
    seat = here.seat(key, make)
    if here.show is not None:
        here.show(seat)
    return seat


def start(title: str = "My class", url: str | None = None, token: str | None = None) -> Teacher:
    """Opens the class of that title as its teacher: creates it, or reopens it with everything in it.

    In a notebook the class lives on the Jupyter server that runs the notebook, and the panel is shown. From a plain
    script, `url` is a Jupyter server's address and `token` its token. Raises `NoServer`, `NotAdmitted`, `Unreachable`.
    """
    if not title.strip():
        raise ValueError('a class needs a title: classroom.start("Linear algebra, week 3")')

    server = entrance.server_at(url, token or "") if url else entrance.owning_server()
    admission = entrance.enter(server, title=title, address="" if url else entrance.public_address())
    return _seated((server.url, admission.class_id, "teacher"), lambda: Teacher(admission))


def join(link: str, name: str) -> Student:
    """Enters a class by its join link, under `name`. In a notebook the panel is shown.

    Whoever joins again from this machine by the same link and name is the same person, as if the lid had been closed
    meanwhile. Raises `BadLink`, `NotAdmitted` (a name that is taken, a closed door, …) or `Unreachable`.
    """
    base, class_id, _ = entrance.read_link(link)

    def admitted() -> Student:
        keys = Keyring()
        admission = entrance.join(link, name, keys.get(base, class_id, name))
        keys.keep(base, class_id, name, admission.token)
        return Student(admission)

    return _seated((base, class_id, name), admitted)
