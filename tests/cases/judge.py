"""Asks the real command line what a case asks, and says what is wrong with the answer."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import mpmath

from autodiff_cli.cli import main

DIGITS = 60
"""Decimal digits of the reference arithmetic."""


class FaultError(AssertionError):
    """What is wrong with an answer."""


def run(*argv: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of one command line."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(argv))
    return code, out.getvalue(), err.getvalue()


def fault_of(case: dict[str, Any]) -> str | None:
    """Return what is wrong with the answer to a case, or None."""
    try:
        with mpmath.workdps(DIGITS):
            _ASKS[case["ask"]](case)
    except FaultError as fault:
        return str(fault)
    return None


# --- questions -----------------------------------------------------------------------------------


def _value(case: dict[str, Any]) -> None:
    code, out, err = run("eval", *_arguments(case), "--json")
    if _refused_rightly(case, code, err):
        return
    answer = _answer(code, out, err)
    _compare(case, case["want"], answer["value"])
    _check_notes(case, answer, "eval", *_arguments(case))


def _grad(case: dict[str, Any]) -> None:
    options = [*_arguments(case), *_wrt(case), *_order(case)]
    answer = _answer(*run("grad", *options, "--json"))
    (found,) = answer["derivatives"].values()
    _compare(case, case["want"], found)
    _check_notes(case, answer, "grad", *options)


def _hessian(case: dict[str, Any]) -> None:
    options = [*_arguments(case), *_wrt(case)]
    answer = _answer(*run("hessian", *options, "--json"))
    names = answer["wrt"]
    _compare(case, case["want"], _flat_matrix(answer["hessian"], names, case["at"]))
    _check_notes(case, answer, "hessian", *options)


def _jacobian(case: dict[str, Any]) -> None:
    options = [*_arguments(case), *_wrt(case)]
    answer = _answer(*run("jacobian", *options, "--json"))
    columns = [_columns(answer["jacobian"][name]) for name in answer["wrt"]]
    rows = [[number for part in row for number in part] for row in zip(*columns, strict=True)]
    _compare(case, case["want"], rows)


def _taylor(case: dict[str, Any]) -> None:
    options = [*_arguments(case), *_wrt(case), *_order(case)]
    answer = _answer(*run("taylor", *options, "--json"))
    _compare(case, case["want"], answer["coefficients"])
    _check_notes(case, answer, "taylor", *options)


def _series(case: dict[str, Any]) -> None:
    options = [*_arguments(case), *_wrt(case), *_order(case)]
    answer = _answer(*run("taylor", *options, "--json"))
    found = [term for term in answer.get("terms", []) if float(term[1]) != 0]
    if [str(exponent) for exponent, _ in found] != [exponent for exponent, _ in case["want"]]:
        raise FaultError(f"the terms are {found}")
    _compare(case, [c for _, c in case["want"]], [c for _, c in found])


def _refuse(case: dict[str, Any]) -> None:
    code, out, err = run(case.get("command", "eval"), *_arguments(case), *_order(case), "--json")
    said = _said(code, err)
    if said is None:
        raise FaultError(f"it is answered: {out}")
    _check_mentions(said, case["want"])


def _note(case: dict[str, Any]) -> None:
    command = case.get("command", "grad")
    options = [*_arguments(case), *_wrt(case), *_order(case)]
    code, out, err = run(command, *options, "--json")
    if case["kind"] == "crash":
        _answer(code, out, err, may_fail=True)
        return
    answer = _answer(code, out, err)
    if case["want"] is not None:
        (found,) = answer["derivatives"].values()
        _compare(case, case["want"], found)
    _check_notes(case, answer, command, *options)


def _formula(case: dict[str, Any]) -> None:
    options = [case["expr"], "--wrt", case["wrt"], *_order(case)]
    if case.get("command") == "export":
        _answer(*run("export", *options, *case["options"], "--json"))
        return
    for style in ([], ["--expand"]):
        code, out, err = run("grad", *options, *style)
        if code and case.get("or_refuse") and _is_clear(code, err):
            return
        if code:
            if style and "max-length" in err:
                return
            raise FaultError(f"no formula: {err}")
        text = out.rstrip("\n")
        if "longest" in case and len(text) > case["longest"]:
            raise FaultError(f"{len(text)} characters: {text}")
        for point in case["points"]:
            _check_point(case, text, point)


def _check_point(case: dict[str, Any], text: str, point: dict[str, str]) -> None:
    used = set(re.findall(r"[^\W\d]\w*", text))
    values = {name: value for name, value in point.items() if name in used}
    at = [option for name, value in values.items() for option in ("--at", f"{name}={value}")]
    code, out, err = run("eval", text, *at, "--json")
    found = _answer(code, out, err)["value"]
    if case["kind"] == "formula-high-order":
        if re.search(r"\b(inf|nan)\b", text):
            raise FaultError(f"a coefficient is lost: {text}")
        found = _exactly(text, values)
    if point["want"] is not None:
        _compare(case, point["want"], found)


_ASKS = {
    "value": _value,
    "grad": _grad,
    "hessian": _hessian,
    "jacobian": _jacobian,
    "taylor": _taylor,
    "series": _series,
    "refuse": _refuse,
    "note": _note,
    "formula": _formula,
}


# --- what is asked -------------------------------------------------------------------------------


def _arguments(case: dict[str, Any]) -> list[str]:
    given = [
        option
        for name, value in case.get("at", {}).items()
        for option in ("--at", f"{name}={_literal(value)}")
    ]
    return [case["expr"], *given, *case.get("options", [])]


def _literal(value: Any) -> str:
    return value if isinstance(value, str) else f"[{', '.join(map(_literal, value))}]"


def _wrt(case: dict[str, Any]) -> list[str]:
    wrt = case.get("wrt")
    if wrt is None:
        return []
    return ["--wrt", wrt] if isinstance(wrt, str) else ["--wrt", ",".join(wrt), "--mixed"]


def _order(case: dict[str, Any]) -> list[str]:
    return ["--order", str(case["order"])] if "order" in case else []


# --- what is answered ----------------------------------------------------------------------------


def _said(code: int, err: str) -> str | None:
    """Return message and hint of an error; None if there is none."""
    if code == 0:
        return None
    answer = json.loads(err)
    errors = [answer["error"], *answer.get("others", [])]
    if any(error["code"] == "internal" for error in errors):
        raise FaultError(f"a fault of the program's own: {errors}")
    return "\n".join(f"{error['message']}\n{error.get('hint') or ''}" for error in errors)


def _answer(code: int, out: str, err: str, may_fail: bool = False) -> Any:
    said = _said(code, err)
    if said is not None and not may_fail:
        raise FaultError(f"it is refused: {said}")
    return json.loads(out or err)


def _refused_rightly(case: dict[str, Any], code: int, err: str) -> bool:
    said = _said(code, err)
    if said is None or "or_hint" not in case:
        return False
    _check_mentions(said, case["or_hint"])
    return True


def _is_clear(code: int, err: str) -> bool:
    return code in (1, 2, 3) and err.startswith("error: ") and "Traceback" not in err


def _check_mentions(said: str, wanted: Sequence[Any]) -> None:
    bare = re.sub(r"[\s`]", "", said)
    for word in wanted:
        alternatives = [word] if isinstance(word, str) else word
        if not any(re.sub(r"[\s`]", "", choice) in bare for choice in alternatives):
            raise FaultError(f"{alternatives} is not in: {said}")


def _check_notes(case: dict[str, Any], answer: Any, command: str, *options: str) -> None:
    wanted = case["note"]
    notes = [note["message"] + " " + (note.get("hint") or "") for note in answer.get("notes", [])]
    said = "\n".join(notes)
    for word in case.get("never", []):
        if word in said:
            raise FaultError(f"a false note: {said}")
    if wanted is None:
        return
    code, _, _ = run(command, *options, "--strict")
    if wanted == "none":
        if notes or code:
            raise FaultError(f"a note where there is nothing to say: {said}")
        return
    if not notes or not code:
        raise FaultError("no note" if not notes else "a note that --strict passes")
    words = [wanted] if isinstance(wanted, str) else wanted
    if wanted != "any" and not any(word in said for word in words):
        raise FaultError(f"none of {words} is in: {said}")
    numbers = [mpmath.mpf(n) for n in re.findall(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?", said)]
    for number in case.get("says", []):
        if not any(mpmath.almosteq(mpmath.mpf(number), n, 1e-9) for n in numbers):
            raise FaultError(f"{number} is not in: {said}")
    _check_mentions(said, case.get("mentions", []))


# --- numbers -------------------------------------------------------------------------------------


def _compare(case: dict[str, Any], want: Any, got: Any) -> None:
    wanted, found = list(_leaves(want)), list(_leaves(got))
    if len(wanted) != len(found):
        raise FaultError(f"{got} instead of {want}")
    largest = max([abs(w) for w in wanted if mpmath.isfinite(w)] + [mpmath.mpf(0)])
    for w, g in zip(wanted, found, strict=True):
        if mpmath.isnan(w) or mpmath.isinf(w):
            right = mpmath.isnan(g) if mpmath.isnan(w) else g == w
        else:
            allowed = case["tol"] * (abs(w) if w else largest or 1)
            if case["kind"] == "digits":
                # Two units in the last place, which for subnormal numbers is not a relative error.
                allowed = 2 * mpmath.mpf(math.ulp(float(w)))
            right = abs(g - w) <= max(allowed, mpmath.mpf(case.get("atol", 0)))
        if not right:
            raise FaultError(f"{got} instead of {want}")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield mpmath.mpf(value)


def _columns(block: Any) -> list[list[Any]]:
    """Return the rows of one variable's part of a Jacobian, outputs by elements."""
    if not isinstance(block, list):
        return [[block]]
    return [list(_leaves(row)) for row in block]


def _flat_matrix(blocks: dict[str, Any], names: list[str], at: dict[str, Any]) -> list[list[Any]]:
    """Return the matrix over all elements of the variables from its blocks."""
    sizes = {name: len(list(_leaves(at[name]))) for name in names}
    matrix = []
    for row in names:
        parts = {column: list(_leaves(blocks[row][column])) for column in names}
        for i in range(sizes[row]):
            matrix.append(
                [
                    number
                    for column in names
                    for number in parts[column][i * sizes[column] : (i + 1) * sizes[column]]
                ]
            )
    return matrix


def _exactly(text: str, values: dict[str, str]) -> Any:
    """Return what a formula gives in arithmetic of many digits and no bounds."""
    names = {
        name: getattr(mpmath, name)
        for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "pi", "tanh", "atan", "gamma")
    }
    names |= {name: mpmath.mpf(value) for name, value in values.items()}
    number = r"(?<![\w.])(\d+\.?\d*(?:e[-+]?\d+)?)(?![\w.])"
    with mpmath.workdps(1000):
        exact = re.sub(number, r"mpf('\1')", text)
        *lines, last = (line.rstrip(";") for line in exact.splitlines())
        scope: dict[str, Any] = {**names, "mpf": mpmath.mpf}
        for line in lines:
            exec(line, scope)
        return eval(last, scope)
