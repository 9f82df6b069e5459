"""The one tree of errors: every failure a person can meet has a code, a sentence and, on a socket, a close code.

A *refusal* answers one change and harms nothing else. A *farewell* ends one connection. Store and file errors are
raised to whoever opened the class. Never branch on the text of an error; branch on its class or its `code`.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ClassroomError(Exception):
    """Root of all errors of this package. `code` is stable; `sentence` says what happened, then what to do."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something went wrong."

    def __init__(self, detail: str = "", **parameters: Any) -> None:
        self.detail = detail
        self.parameters: dict[str, Any] = parameters
        super().__init__(detail or type(self).sentence)

    def __str__(self) -> str:
        return self.detail or self.sentence


# -- what is said back to one change ------------------------------------------------------------------------------


class Refusal(ClassroomError):
    """A change that was not accepted, whole. `code` is one of REFUSALS; `parameters` fill the client's own sentence."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(REFUSALS[code], **parameters)
        self.reason = code


REFUSALS: dict[str, str] = {
    "forbidden": "You may not do that in this class.",
    "draw-locked": "Drawing is off for you, so your stroke was taken back.",
    "page-locked": "That page is locked, so your stroke was taken back.",
    "page-gone": "That page was removed, so your stroke was taken back.",
    "chat-closed": "The chat is closed.",
    "names-locked": "Names are fixed in this class. Ask your teacher to change yours.",
    "name-taken": "Someone here has that name. Add an initial?",
    "name-length": "A name has 1 to 40 characters.",
    "own-role": "You cannot change your own role. Another teacher can.",
    "last-teacher": "A class keeps at least one teacher.",
    "item-closed": "That is closed now.",
    "unknown-record": "That is not there any more.",
    "bad-record": "That could not be understood, so nothing was changed.",
    "bad-offset": "That text has moved on. It is brought up to date now.",
    "no-asset": "That picture is not here any more. Add it again.",
    "too-large": "That is too large to send at once.",
    "quota": "You have reached the limit of what one person can add to this class.",
    "disk-full": "The disk is full. Nothing drawn so far is lost, but new strokes cannot be saved.",
    "not-saved": "That could not be saved, so it was taken back.",
    "read-only": "This class is read-only.",
}
"""Every refusal code with its English sentence; clients translate by code."""


# -- what ends a connection ---------------------------------------------------------------------------------------


class Farewell(ClassroomError):
    """A reason to end one connection: `bye` carries the code, the WebSocket closes with `close`."""

    close: ClassVar[int] = 4000
    again: ClassVar[bool] = False
    """Whether the client should try again by itself."""


class BadFrame(Farewell):
    """Bytes that cannot be framed: the only thing said by a client that ends its connection at once."""

    code, close = "bad-frame", 4002
    sentence = "The connection sent something that could not be read. Reload the page."


class BadHello(Farewell):
    """The first message was not a hello, came late or was too large."""

    code, close = "bad-hello", 4003
    sentence = "The connection did not say who it is. Reload the page."


class BadToken(Farewell):
    """Unknown, revoked or foreign token. Nothing is told about which."""

    code, close = "bad-token", 4001
    sentence = "This link is not open any more. Ask your teacher for a new one."


class Removed(Farewell):
    """A teacher ended this person's stay."""

    code, close = "removed", 4004
    sentence = "Your teacher has ended your visit to this class."


class Replaced(Farewell):
    """The same window connected again; this is the older socket."""

    code, close = "replaced", 4005
    sentence = "This window is open on a newer connection."


class Stalled(Farewell):
    """No progress for too long."""

    code, close, again = "stalled", 4006, True
    sentence = "The connection was too slow. Reconnecting…"


class Upgrade(Farewell):
    """The page speaks an older protocol than the server: it reloads, keeping what is pending."""

    code, close = "upgrade", 4007
    sentence = "The class has been updated. The page reloads."


class Crowded(Farewell):
    """Too many sockets wait to say hello."""

    code, close, again = "crowded", 4008, True
    sentence = "Many people are joining. Trying again in a moment."


class GoingAway(Farewell):
    """The server shuts down cleanly."""

    code, close, again = "going-away", 1001, True
    sentence = "The teacher's Jupyter is restarting. Reconnecting…"


class Ended(Farewell):
    """The class was closed by its teacher."""

    code, close = "ended", 4009
    sentence = "The class has ended."


# -- content that cannot be read ----------------------------------------------------------------------------------


class BadInk(ClassroomError, ValueError):
    """Packed points that cannot be unpacked."""

    code = "bad-ink"
    sentence = "The stroke could not be read."


class BadRecord(ClassroomError, ValueError):
    """A record, operation or message that does not fit the schema."""

    code = "bad-record"
    sentence = "That could not be understood, so nothing was changed."


# -- files --------------------------------------------------------------------------------------------------------


class StoreError(ClassroomError):
    """Something about the class file."""

    code = "store"
    sentence = "The class file could not be used."


class ClassInUse(StoreError):
    """Another process holds the class."""

    code = "in-use"
    sentence = "This class is open in another Jupyter. Close it there, or open a copy."


class NotAClassFile(StoreError):
    """The file is something else; it was not touched."""

    code = "not-a-class"
    sentence = "That file is not a class file. Nothing in it was changed."


class DiskFull(StoreError):
    """No room for the change; what was saved stays saved."""

    code = "disk-full"
    sentence = "The disk is full. Nothing drawn so far is lost, but new strokes cannot be saved."


class NewerFormat(StoreError):
    """The file comes from a newer version; it can be read only."""

    code = "newer"
    sentence = "This class was made by a newer version of classroom. It is open for reading only: update classroom."


class ReadOnly(StoreError):
    """A write was tried on a file opened for reading."""

    code = "read-only"
    sentence = "This class is read-only."


class Damaged(StoreError):
    """The file's content contradicts itself."""

    code = "damaged"
    sentence = "The class file is damaged. Keep a copy of it; what can be read will be recovered."


class NoSuchClass(StoreError):
    """There is no file, or no class of that name."""

    code = "no-class"
    sentence = "There is no such class here."


class AlreadyThere(StoreError):
    """A copy would have replaced something; nothing was replaced."""

    code = "already-there"
    sentence = "Something of that name is there already. Choose another name."


class NotOpen(StoreError):
    """The store has not been opened, or is closed."""

    code = "not-open"
    sentence = "This class is closed."


class Behind(StoreError):
    """The log has grown since the caller last read it: read on, check the change again, append again."""

    code = "behind"
    sentence = "The class has moved on. It is brought up to date now."


class AlreadyAccepted(StoreError):
    """A change of this client and number is in the log; its first outcome stands."""

    code = "already-accepted"
    sentence = "That was saved already."
