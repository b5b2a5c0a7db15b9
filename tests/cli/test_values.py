"""Values from files, what is said of a reading, and names that need one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autodiff_cli.cli import main
from autodiff_cli.limits import Limits

Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Here:
    """Run adiff in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str) -> tuple[int, str, str]:
        code = main(list(argv))
        seen = capsys.readouterr()
        return int(code), seen.out, seen.err

    return run


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("a.csv", "1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("a.csv", "1,2,3", [1, 2, 3]),
        ("a.csv", "1\n2\n", [1, 2]),
        ("a.csv", "7", 7),
        ("a.csv", "\ufeff1,2\r\n3,4\r\n", [[1, 2], [3, 4]]),
        ("a.csv", "1e-3, inf", [1e-3, "inf"]),
        ("A.CSV", "1,2", [1, 2]),
        ("a.json", "[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("a.json", "\ufeff2.5", 2.5),
        ("a.json", "[NaN, Infinity]", ["nan", "inf"]),
        ("a.npy", np.array([[1.5, 2]]), [[1.5, 2]]),
        ("a.npy", np.array(3, dtype=np.int8), 3),
        ("a.npy", np.array([True, False]), [1, 0]),
        ("a.npy", np.float32(0.5), 0.5),
        ("with space.csv", "1,2", [1, 2]),
    ],
)
def test_a_value_from_a_file(
    here: Here, tmp_path: Path, name: str, content: Any, value: Any
) -> None:
    if isinstance(content, str):
        (tmp_path / name).write_bytes(content.encode())
    else:
        np.save(tmp_path / name, content)
    for at in (f"x=@{name}", f" x = @{name} "):
        code, out, err = here("eval", "x", "--at", at, "--json")
        assert (code, err) == (0, "")
        assert json.loads(out)["value"] == value


def test_values_from_files_among_others(here: Here, tmp_path: Path) -> None:
    np.save(tmp_path / "A.npy", [[1.0, 2], [3, 4]])
    (tmp_path / "v.csv").write_text("1,1")
    text = "sum(k * A @ v)"
    assert here("eval", text, "--at", "A=@A.npy", "--at", "v=@v.csv,k=2") == (0, "20\n", "")
    assert here("grad", text, "--at", "A=@A.npy, v=@v.csv, k=2", "--wrt", "v") == (
        0,
        "[8, 12]\n",
        "",
    )


def test_a_file_is_subject_to_the_limit_of_elements(here: Here, tmp_path: Path) -> None:
    np.save(tmp_path / "A.npy", np.ones(100))
    assert here("eval", "sum(x)", "--at", "x=@A.npy", "--limit", "elements=100")[0] == 0
    code, _, err = here("eval", "sum(x)", "--at", "x=@A.npy", "--limit", "elements=99")
    assert code == 1
    assert "100 elements, and 99 are the most" in err


@pytest.mark.parametrize(
    "argv",
    [
        ["--order", "1"],
        ["--round", "3"],
        ["--color", "never"],
        ["-f", "a.txt"],
        ["-o", "a.dot"],
    ],
)
def test_an_option_that_is_given_twice_is_refused(here: Here, argv: list[str]) -> None:
    command = "graph" if "-o" in argv else "grad"
    long = {"-f": "--file", "-o": "--output"}.get(argv[0], argv[0])
    for again in (argv, [f"{long}={argv[1]}"], [long, argv[1]]):
        code, _, err = here(command, *argv, *again)
        assert code == 2
        assert "is given twice" in err


def test_options_that_may_be_repeated_add_up(here: Here) -> None:
    argv = ["--at", "x=1", "--at", "y=2", "--wrt", "x", "--wrt", "y"]
    limits = ["--limit", "length=9", "--limit", "calls=9"]
    assert here("grad", "x*y", *argv, *limits, "-q", "-q") == (0, "x = 2\ny = 1\n", "")


@pytest.mark.parametrize("name", list(Limits.__dataclass_fields__))
def test_every_limit_can_be_set(here: Here, name: str) -> None:
    assert here("grad", "x**2", "--at", "x=1", "--limit", f"{name}=1000000") == (0, "2\n", "")


# --- how a text was read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1 - 2 - x", "(1 - 2) - x"),
        ("-x**2", "-(x ** 2)"),
        ("2x²/3", "(2 * (x ** 2)) / 3"),
        ("x^2^3", "x ** (2 ** 3)"),
        ("1 < x <= 3", "(1 < x) and (x <= 3)"),
        ("not x or x and 2", "(not x) or (x and 2)"),
        ("x if x > 1 else 2", "where(x > 1, x, 2)"),
        ("√x", "sqrt(x)"),
        ("[x, 1][-1]", "[x, 1][-1]"),
        ("(x*[1, 2])[::-1]", "(x * [1, 2])[::-1]"),
        ("sum([1, x], axis=0)", "sum([1, x], axis=0)"),
        ("max(x, 1, 2)", "maximum(maximum(x, 1), 2)"),
        ("x, 2", "[x, 2]"),
        ("u = 2x; u*u", "u = 2 * x\nu * u"),
        ("ln(x)", "log(x)"),
    ],
)
def test_a_reading(here: Here, text: str, reading: str) -> None:
    code, out, err = here("eval", text, "--at", "x=2", "--explain")
    assert (code, err) == (0, f"reading: {reading}\n")
    assert here("eval", reading, "--at", "x=2") == (0, out, "")
    code, out, err = here("eval", text, "--at", "x=2", "--explain", "--json")
    assert (json.loads(out)["reading"], err) == (reading, "")


def test_a_reading_is_not_told_unless_asked_for(here: Here) -> None:
    assert "reading" not in json.loads(here("eval", "1", "--json")[1])
    assert here("eval", "1", "--explain", "-q") == (0, "1\n", "")


# --- notes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("x if x > 0 else -x", "x=0", True),
        ("x if x > 0 else -x", "x=1e-300", False),
        ("x**2 if x > 0 else 0", "x=0", False),
        ("x if x >= 0 and x < 5 else -x", "x=0", True),
        ("x if x >= 0 and x > 5 else -x", "x=0", False),
        ("x if not x < 0 else -x", "x=0", True),
        ("x if not x < 0 else -x", "x=-1", False),
        ("x if 0 <= x < 2 else 2", "x=2", True),
        ("x if 0 <= x < 2 else x", "x=2", False),
        ("(x > 0) * x**2", "x=0", False),
        ("sum(where(v > 0, v, -v))", "v=[0,1]", True),
        ("sum(where(v > 0, v, -v))", "v=[2,1]", False),
        ("(x > 0) * x", "x=0", True),
        ("where([1, 0] >= 0, 1, 2)[0] * x", "x=0", False),
        ("f(a) = a if a > 0 else 2a; f(x - 1)", "x=1", True),
    ],
)
def test_a_choice_on_its_boundary_is_spoken_of(here: Here, text: str, at: str, said: bool) -> None:
    code, _, err = here("grad", text, "--at", at)
    assert code == 0
    assert ("note: f " in err) == said
    assert here("grad", text, "--at", at, "--strict")[0] == int(said)


def test_the_second_derivative_of_a_smooth_choice_is_spoken_of(here: Here) -> None:
    argv = ["grad", "x**2 if x > 0 else 0", "--at", "x=0", "--order"]
    assert here(*argv, "1")[2] == ""
    assert "∂²f/∂x² is 0 from the left and 2 from the right" in here(*argv, "2")[2]


def test_a_note_is_told_once(here: Here) -> None:
    assert here("grad", "max(x, 1, 1)", "--at", "x=1")[2].count("note:") == 1


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("1 + x/y*2", "x=1,y=0", "`1 / 0` gives inf"),
        ("sin(x/y)", "x=-1,y=0", "`-1 / 0` gives -inf"),
        ("ln(x) - ln(x)", "x=0", "`ln` of 0 gives -inf"),
        ("1 + sqrt(x - 2)", "x=1", "`sqrt` of -1 gives nan"),
        ("asin(x)", "x=2", "`asin` of 2 gives nan"),
        ("x**y", "x=-8,y=1/3", "`(-8) ** 0.3333333333333333` gives nan"),
        ("x % y", "x=1,y=0", "`1 % 0` gives nan"),
        ("x*y", "x=inf,y=0", "`inf * 0` gives nan"),
        ("exp(x)*0 + 1/y", "x=1000,y=0", "`1 / 0` gives inf"),
    ],
)
def test_the_origin_of_nan_and_inf(here: Here, text: str, at: str, message: str) -> None:
    code, out, err = here("eval", text, "--at", at)
    assert code == 0
    assert out.strip() in ("nan", "inf", "-inf")
    assert err.startswith(f"note: {message}")
    assert here("grad", text, "--at", at)[2].startswith(f"note: {message}")


def test_the_origin_of_what_float64_alone_cannot_hold(here: Here) -> None:
    _, out, err = here("eval", "exp(x)*0", "--at", "x=1000", "--float64")
    assert out == "nan\n"
    assert err.startswith("note: `exp` of 1000 gives inf\n")
    assert here("eval", "exp(x)*0", "--at", "x=1000")[1:] == ("0\n", "")
