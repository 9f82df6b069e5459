"""What the HTTP doors answer when something cannot be done: a status, a stable code, a sentence, parameters.

The same shape as a refusal on the socket, so that clients translate by code. Never holds a secret or an echo of input.
"""

from __future__ import annotations

from typing import Any

from classroom.core import errors


class Problem(Exception):
    """An answer other than the one hoped for; handlers turn it into JSON."""

    def __init__(self, status: int, code: str, sentence: str, **parameters: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.sentence, self.parameters = status, code, sentence, parameters

    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"code": self.code, "sentence": self.sentence, "parameters": self.parameters}


def refused(code: str, **parameters: Any) -> Problem:
    """A refusal of the room, as an HTTP answer."""
    status = {"name-taken": 409, "name-length": 400, "too-large": 413, "disk-full": 507, "quota": 403, "not-saved": 503}
    return Problem(status.get(code, 403), code, errors.REFUSALS[code], **parameters)


def stored(error: errors.StoreError) -> Problem:
    """A store's error, as an HTTP answer."""
    status: dict[type[errors.StoreError], int] = {
        errors.NoSuchClass: 404,
        errors.ClassInUse: 409,
        errors.DiskFull: 507,
        errors.NotAClassFile: 409,
        errors.ReadOnly: 409,
        errors.NewerFormat: 409,
    }
    return Problem(status.get(type(error), 500), error.code, type(error).sentence)


def bad_request(why: str) -> Problem:
    """The call itself is not right; `why` is for whoever writes the client."""
    return Problem(400, "bad-request", "That call could not be understood. Reload the page.", why=why)


def no_class() -> Problem:
    """Unknown class, or one that may not be known to be there."""
    return Problem(404, "no-class", "There is no such class here. Ask your teacher for the link.")


def bad_token() -> Problem:
    """A token that opens nothing. Not said: why."""
    return Problem(401, errors.BadToken.code, errors.BadToken.sentence)


def bad_link() -> Problem:
    """A link whose secret opens nothing."""
    return Problem(403, "bad-link", "This link is not open any more. Ask your teacher for a new one.")


def bad_code() -> Problem:
    """A spoken code that is not shown now."""
    return Problem(
        403,
        "bad-code",
        "That is not the code on the teacher's screen. Look again, then type both words and the number.",
    )


def door_closed() -> Problem:
    """`class.join` is off."""
    return Problem(403, "door-closed", "The teacher has closed the door. Ask them to open it, then try again.")


def class_full() -> Problem:
    """More people than a class holds: only a link in wrong hands makes so many."""
    return Problem(
        403, "class-full", "This class holds no more people. Ask your teacher for help: a new link keeps strangers out."
    )


def forbidden() -> Problem:
    """Known, but not allowed to do this."""
    return Problem(403, "forbidden", errors.REFUSALS["forbidden"])


def not_signed_in() -> Problem:
    """Only whom Jupyter knows may open a class."""
    return Problem(403, "not-signed-in", "Only the teacher can open a class. Sign in to Jupyter first.")


def too_many_tries(seconds: int) -> Problem:
    """Wrong codes came too often; links are not touched by this."""
    return Problem(429, "too-many-tries", f"Too many tries. Wait {seconds} seconds, then try again.", seconds=seconds)


def busy() -> Problem:
    """More exports or uploads than run at a time."""
    return Problem(429, "busy", "Others are still running. Try again in a moment.")


def too_long() -> Problem:
    """An export that others should not wait for any longer."""
    return Problem(503, "too-long", "That takes too long to draw. Export fewer pages, or ask your teacher to.")


def not_here() -> Problem:
    """No such thing, or none that the caller may see: the same answer for both."""
    return Problem(404, "not-here", "That is not here.")


def picture_too_large(size: int, limit: int) -> Problem:
    """A picture past its limit; `size` is 0 where it was not said."""
    most = f"up to {megabytes(limit)} fits. Make it smaller and drop it again."
    sentence = f"This picture is {megabytes(size)}; {most}" if size else f"This picture is too large; {most}"
    return Problem(413, "too-large", sentence, limit=limit, size=size)


def pdf_too_large(size: int, limit: int) -> Problem:
    """A PDF past its limit; `size` is 0 where it was not said."""
    most = f"up to {megabytes(limit)} fits. Split it, and drop a part."
    sentence = f"This PDF is {megabytes(size)}; {most}" if size else f"This PDF is too large; {most}"
    return Problem(413, "too-large", sentence, limit=limit, size=size)


def not_a_pdf() -> Problem:
    """Something else was sent as a PDF."""
    return Problem(415, "not-a-pdf", "That file is not a PDF. Choose a PDF, or drop a picture on the board.")


def megabytes(size: int) -> str:
    """As people say it."""
    return f"{size / 1e9:.1f} GB" if size >= 999_500_000 else f"{max(1, round(size / 1e6))} MB"


def bad_formula(sentence: str) -> Problem:
    """Mathematics that cannot be made; the sentence is for whoever typed it."""
    return Problem(422, "bad-formula", sentence)


def too_large(limit: int) -> Problem:
    """An upload past its limit."""
    return Problem(413, "too-large", errors.REFUSALS["too-large"], limit=limit)


def unexpected() -> Problem:
    """A fault of ours; the log has the trace, without what was sent."""
    return Problem(500, "error", "Something went wrong here. Try again.")
