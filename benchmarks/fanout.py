"""Fan-out: what one delivery costs the server's processor, beside a C server and beside a `write_message` loop.

One sender draws a live stroke; 30 and 300 others receive it. All servers run on processor 0, one after the other in
the same run, the load generator on processor 1; figures are processor seconds of the server per million deliveries.
*Single*: 20 messages a second, each its own fan-out. *Burst*: as many as come back, with 64 under way.

    python benchmarks/fanout.py [--receivers 30 300] [--seconds 4] [--rounds 3]

Needs gcc and Linux. classroom runs inside a real `jupyter server`, with 300 people who joined through its door.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classroom.core import messages as m
from classroom.core import wire

HERE = Path(__file__).parent
PAYLOAD = 57
"""Bytes of points in a message: with kind, length, handle and place 60 to 63, as in the other servers' runs."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str]) -> list[str]:
    return ["taskset", "-c", "0", *command] if shutil.which("taskset") else command


def build(folder: Path) -> tuple[Path, Path]:
    for name in ("wsload", "csrv"):
        subprocess.run(["gcc", "-O2", "-o", str(folder / name), str(HERE / f"{name}.c")], check=True)
    return folder / "wsload", folder / "csrv"


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str] | None = None, ready: str | None = "ready") -> Iterator[int]:
    """A server as a child process that ends with the block; yields its pid once it has printed `ready`."""
    child = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE if ready else subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        if ready:
            assert child.stdout is not None
            assert ready.encode() in child.stdout.readline()
        yield child.pid
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def post(url: str, value: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        url, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        made: dict[str, Any] = json.load(answer)
    return made


@contextlib.contextmanager
def classroom_server(port: int, receivers: int, folder: Path) -> Iterator[tuple[int, Path, Path]]:
    """A real Jupyter server with a class of `receivers` students; yields pid, hello file and message file."""
    root = folder / f"jupyter-{receivers}-{time.monotonic_ns()}"
    env = {
        **os.environ,
        **{f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        "JUPYTER_NO_CONFIG": "1",
    }
    (root / "work").mkdir(parents=True)
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", f"--port={port}", "--ServerApp.port_retries=0",
        "--allow-root", "--IdentityProvider.token=bench", f"--ServerApp.root_dir={root / 'work'}",
        "--ServerApp.jpserver_extensions={'classroom': True}", "--ClassroomApp.live_per_second=100000",
    ]  # fmt: skip
    with running(pinned(command), env, ready=None) as pid:
        base = f"http://127.0.0.1:{port}/"
        for _ in range(300):
            time.sleep(0.1)
            with contextlib.suppress(OSError):
                urllib.request.urlopen(base + "api", timeout=2).read()
                break
        teacher = post(base + "classroom/api/enter", {"title": "bench"}, {"Authorization": "token bench"})
        secret = teacher["links"]["student"].split(".")[-1]
        tokens = [
            post(base + "classroom/api/join", {"class": teacher["class"], "secret": secret, "name": f"Student {i}"})[
                "token"
            ]
            for i in range(receivers)
        ]
        hellos = folder / "hellos.bin"
        with hellos.open("wb") as out:
            for i, token in enumerate([*tokens, teacher["token"]]):
                frame = wire.write(m.Hello(m.PROTOCOL, f"bench-window-{i:06d}", token))
                out.write(struct.pack("<I", len(frame)) + frame)
        yield pid, hellos, stroke_messages(folder / "strokes.bin", page_of(teacher, base))


def page_of(teacher: dict[str, Any], base: str) -> str:
    """The id of the class's first page, as any client learns it: from the snapshot."""
    import asyncio
    import zlib

    from tornado.websocket import websocket_connect

    async def ask() -> str:
        socket = await websocket_connect(base.replace("http", "ws") + "classroom/ws", subprotocols=["classroom.v1"])
        await socket.write_message(wire.write(m.Hello(m.PROTOCOL, "bench-window-looks", teacher["token"])), binary=True)
        data = b""
        while True:
            frame = await socket.read_message()
            assert isinstance(frame, bytes), "the server closed the connection"
            for raw in wire.split(frame):
                value = wire.read(raw, lenient=True)
                if isinstance(value, m.Snapshot):
                    data += value.data
                    if value.last:
                        socket.close()
                        return next(
                            op.record.id
                            for op in wire.read_ops(zlib.decompress(data), lenient=True)
                            if isinstance(op, m.Put) and op.record.__struct_config__.tag == "page"
                        )

    return asyncio.run(ask())


def stroke_messages(path: Path, page: str, count: int = 400_000) -> Path:
    """Live strokes of 1,900 points, message by message; the points are any varints, so they can carry the stamp."""
    points = b"TS:0000000000000000".ljust(PAYLOAD, b"x")
    each = PAYLOAD // 3
    with path.open("wb") as out:
        at = 0
        for number in range(count):
            frame = b""
            if at == 0:
                frame += wire.write(m.LiveStart(1, f"bench{number}", page, "", "pen", "ink", 3, 4))
            frame += wire.write(m.LivePoints(1, at, points))
            at += each
            if at + each > 1_900:
                frame += wire.write(m.LiveEnd(1, False))
                at = 0
            out.write(struct.pack("<I", len(frame)) + frame)
    return path


def load(wsload: Path, port: int, receivers: int, pid: int, seconds: float, extra: list[str]) -> dict[str, float]:
    command = [str(wsload), "--port", str(port), "-n", str(receivers), "--pid", str(pid), "--secs", str(seconds)]
    output = subprocess.run([*command, "--binary", *extra], check=True, capture_output=True, text=True).stdout
    answer = json.loads(output)
    figures: dict[str, float] = answer.get("load") or answer["closed"]
    assert figures["delivered"] > 0, output
    return figures


SINGLE = ["--rate", "20", "--bytes", "60"]
BURST = ["--closed", "--window", "64", "--bytes", "60"]


def measure(folder: Path, receivers: int, seconds: float) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by server and way, each server in turn."""
    wsload, csrv = folder / "wsload", folder / "csrv"
    found: dict[str, dict[str, dict[str, float]]] = {}

    def both(name: str, port: int, pid: int, extra: list[str]) -> None:
        found[name] = {
            "single": load(wsload, port, receivers, pid, seconds, [*SINGLE, *extra]),
            "burst": load(wsload, port, receivers, pid, seconds, [*BURST, *extra]),
        }

    port = free_port()
    with running([str(csrv), str(port)]) as pid:
        both("C epoll", port, pid, [])
    port = free_port()
    with classroom_server(port, receivers, folder) as (pid, hellos, strokes):
        extra = ["--path", "/classroom/ws", "--header", "Sec-WebSocket-Protocol: classroom.v1", "--settle-ms", "1500"]
        both("classroom", port, pid, [*extra, "--open-file", str(hellos), "--msg-file", str(strokes)])
    port = free_port()
    with running(pinned([sys.executable, str(HERE / "peer_tornado.py"), str(port)])) as pid:
        both("write_message", port, pid, [])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--receivers", type=int, nargs="+", default=[30, 300])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    everything: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        for receivers in options.receivers:
            rounds = [measure(folder, receivers, options.seconds) for _ in range(options.rounds)]
            everything[str(receivers)] = rounds
            print(f"\n{receivers} receivers, median of {options.rounds}: µs of the server's processor per delivery")
            for way in ("single", "burst"):
                cost = {server: [r[server][way]["cpu_s_per_M"] for r in rounds] for server in rounds[0]}
                for server, values in cost.items():
                    ratios = [v / c for v, c in zip(values, cost["C epoll"], strict=True)]
                    worst = max(r[server][way]["p99_us"] for r in rounds) / 1000
                    lost = sum(r[server][way]["lost"] for r in rounds)
                    print(
                        f"  {way:7}{server:15}{statistics.median(values):9.2f}   {statistics.median(ratios):6.2f} x C"
                        f"   p99 {worst:7.1f}   lost {lost:.0f}"
                    )
    if options.json:
        options.json.write_text(json.dumps(everything, indent=1))


if __name__ == "__main__":
    main()
