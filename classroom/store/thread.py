"""The one thread on which a store is used, and the order in which its work is done.

Commits come first: what is submitted runs in order, as soon as the step that is running has ended. Long
work (snapshots, assets, erasures, copies) and housekeeping advance one step at a time while no commit
waits; a stream of commits that never pauses is interrupted for one step in every `PATIENCE` jobs, so that
nothing starves.

It promises that a future is always settled, that `stop` finishes what was submitted before it and closes
the store, and that nothing here blocks the caller, who may be an event loop (`asyncio.wrap_future`, or a
Tornado `await`).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from classroom.core.errors import NotOpen
from classroom.store.base import Steps, Store

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 64
"""Jobs done in a row before one step of long work is let in."""

log = logging.getLogger("classroom.store")


@dataclass
class _Job:
    """A call to be made at once, or (`long`) one that gives the steps of long work."""

    call: Callable[[], Any]
    future: Future[Any]
    long: bool = False
    steps: Steps[Any] | None = None


class StoreThread:
    """Owns `store` from its construction to `stop`. Open it with `submit(store.open)`."""

    def __init__(self, store: Store, *, name: str = "classroom-store") -> None:
        self._store = store
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._long: deque[_Job] = deque()
        self._tending: Steps[None] | None = None
        self._complained = False
        self._stopping = False
        self._guard = threading.Lock()
        self._accepting = True
        # A daemon, so that a program that forgot to stop can still end; what was acknowledged is safe anyway.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    # -- from any thread --------------------------------------------------------------------------------

    def submit(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs a short call (`store.open`, `store.append`, …) before any waiting long work. Raises NotOpen
        once stopped."""
        future: Future[T] = Future()
        self._put(_Job(lambda: call(*args, **kwargs), future))
        return future

    def background(self, call: Callable[P, Steps[T]], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs long work step by step between the commits: `background(store.snapshot, seq, records)`.

        Cancelling the future gives the work up at its next step, as far as the store undoes it."""
        future: Future[T] = Future()
        self._put(_Job(lambda: call(*args, **kwargs), future, long=True))
        return future

    def backup(self, path: Path) -> Future[None]:
        """`store.backup` between the commits: those that arrive meanwhile are made in its pauses."""

        def pause() -> None:
            self._do_waiting()
            if self._stopping:
                raise NotOpen

        def steps() -> Steps[None]:
            yield
            self._store.backup(path, pause)

        return self.background(steps)

    def stop(self, timeout: float | None = None) -> bool:
        """Finishes what was submitted, gives up long work (its futures raise NotOpen), closes the store,
        ends the thread. Waits `timeout` seconds at most; False when that was not enough. May be called
        again."""
        with self._guard:
            if self._accepting:
                self._accepting = False
                self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _put(self, job: _Job) -> None:
        with self._guard:  # so that nothing can be queued behind the end, where nobody would settle it
            if not self._accepting:
                raise NotOpen
            self._jobs.put(job)

    # -- on the thread ----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._do(self._jobs.get())
                self._do_waiting()
                while not self._stopping and self._step():
                    self._do_waiting()
        finally:
            if self._tending is not None:
                self._tending.close()
            for job in self._long:
                if job.steps is not None:
                    job.steps.close()
                _settle(job.future, error=NotOpen())
            try:
                self._store.close()
            except Exception:
                log.exception("the class could not be closed cleanly; everything saved is in its file")

    def _do_waiting(self) -> None:
        """The jobs that wait now, but not without end."""
        for _ in range(PATIENCE):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            self._do(job)

    def _do(self, job: _Job | None) -> None:
        if job is None:
            self._stopping = True
        elif job.long:
            self._long.append(job)
        elif job.future.set_running_or_notify_cancel():
            try:
                result = job.call()
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)

    def _step(self) -> bool:
        """One step of housekeeping, or else of the long work whose turn it is; False when there is none."""
        if self._tend():
            return True
        if not self._long:
            return False
        job = self._long.popleft()
        if job.future.cancelled():
            if job.steps is not None:
                job.steps.close()
            return True
        try:
            if job.steps is None:
                job.steps = job.call()
            next(job.steps)
        except StopIteration as end:
            _settle(job.future, end.value)
        except BaseException as error:
            _settle(job.future, error=error)
        else:
            self._long.append(job)
        return True

    def _tend(self) -> bool:
        try:
            if self._tending is None:
                self._tending = self._store.tend()
            next(self._tending)
            return True
        except StopIteration:
            self._complained = False
        except NotOpen:
            pass
        except Exception as error:  # it is tried again later, and must not end the thread that commits
            if not self._complained:
                log.warning("housekeeping of a class is put off: %s", error)
            self._complained = True
        self._tending = None
        return False


def _settle(future: Future[Any], result: Any = None, *, error: BaseException | None = None) -> None:
    """Sets the outcome of long work, unless it was cancelled in the meantime."""
    if future.set_running_or_notify_cancel():
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
