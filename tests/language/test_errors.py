"""What is wrong with a text, and where: each kind of mistake has its message, span and hint."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff_cli.engine import registry
from autodiff_cli.errors import ExpressionError
from autodiff_cli.language.names import nearest
from autodiff_cli.language.parser import parse


def mistake(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text).run({"x": 1.0, "y": 2.0})
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("", "empty-expression", ""),
        ("  # nothing", "empty-expression", ""),
        ("x +* 2", "missing-operand", "+*"),
        ("2^", "missing-operand", "^"),
        ("* 2", "missing-operand", "*"),
        ("()", "missing-operand", "()"),
        ("(x + 1", "unclosed-bracket", "("),
        ("sin(x + [1, 2", "unclosed-bracket", "["),
        ("x + 1)", "unopened-bracket", ")"),
        ("(x + 1]", "mismatched-bracket", "(x + 1]"),
        ("x y", "missing-operator", "x y"),
        ("(x)2", "missing-operator", ")2"),
        ("[(x) (y)]", "ambiguous-product", ") ("),
        ("1/(x)(y)", "ambiguous-product", "/(x)("),
        ("x^2(y)", "ambiguous-product", "^2("),
        ("sum((x)\n(y))", "missing-operator", ")\n("),
        ("u = x\n- y", "ambiguous-line", "-"),
        ("f(u) = u\n+ y", "ambiguous-line", "+"),
        ("x\n−y", "ambiguous-line", "−"),
        ("sin x", "function-without-brackets", "sin x"),
        ("2 $ x", "unknown-character", "$"),
        ("x + y = 2", "misplaced-token", "="),
        ("1e99999", "number-too-large", "1e99999"),
        ("sni(x)", "unknown-function", "sni"),
        ("pi(2)", "unknown-function", "pi"),
        ("sin(x, y)", "wrong-number-of-arguments", "sin(x, y)"),
        ("atan2(x)", "wrong-number-of-arguments", "atan2(x)"),
        ("sum(x, axes=0)", "unknown-argument", "axes"),
        ("[]", "empty-list", "[]"),
        ("x + sum([1, 2], axis=3)", "bad-argument", "sum([1, 2], axis=3)"),
        ("sum([1, 2], axis=0.5)", "bad-argument", "sum([1, 2], axis=0.5)"),
        ("2 * ([1, 2] + [1, 2, 3])", "bad-argument", "[1, 2]"),
        ("[[1, 2], [3]]", "bad-argument", "[[1, 2], [3]]"),
    ],
)
def test_the_place_is_marked(text: str, code: str, marked: str) -> None:
    error = mistake(text)
    assert error.code == code
    assert error.span is not None
    assert text[slice(*error.span)] == marked
    assert error.source == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sni(x)", "did you mean `sin`?"),
        ("SIN(x)", "did you mean `sin`"),
        ("arctna(x)", "`arctan`"),
        ("x y", "write `x*y`"),
        ("1/2x", "write `(1/2)*x` or `1/(2*x)`"),
        ("sin x", "write `sin(x)`"),
        ("atan2(x)", "write `atan2(y, x)`"),
        ("(x", "add `)`"),
        ("f(x + 1)", "`f*(x + 1)`"),
        ("1/(x)sin(y)", "write `(1/(x))*sin(y)` or `1/((x)*sin(y))`"),
        ("x^2(y)", "write `(x^2)*(y)` or `x^(2*(y))`"),
        ("sin^2(x)", "write `sin(x)^2`"),
        ("sin^-1(x)", "`asin(x)`"),
        ("sinh⁻¹(x)", "`asinh(x)`"),
        ("log(x, 3)", "`log(x)/log(3)`"),
        ("|x + 1|", "`abs(x + 1)`"),
        ("ln|x|", "`ln(abs(x))`"),
        ("(x)!", "`gamma(x + 1)`"),
        ("d/dx x^2", '`adiff grad "x^2" --wrt x`'),
        ("d/dx(x^2)", '`adiff grad "x^2" --wrt x`'),
        ("grad(x*y, y)", '`adiff grad "x*y" --wrt y`'),
        ("x mod 3", "`x % 3`"),
        ("x^2 mod 3", "`x^2 % 3`"),
        ("x^2 wrt x", '`adiff grad "x^2" --wrt x`'),
        ("d²/dx² x^3", '`adiff grad "x^3" --wrt x --order 2`'),
        ("xsin(y)", "`x*sin(y)`"),
        ("x y²", "`x*y²`"),
        ("x.^2", "`x^2`"),
        ("x wrt y", "--wrt y"),
        ("(x + 1)ⁿ", "`(x + 1)^n`"),
        ("\\frac{x}{2}", "`x/2`"),
        ("np.sin(x)", "`sin(x)`"),
        ("u = x\n- 3*y", "`u = x - 3*y`"),
        ("e(2)", "`e` is a constant"),
    ],
)
def test_the_hint_says_what_to_write(text: str, hint: str) -> None:
    assert hint in (mistake(text).hint or "")


def test_independent_mistakes_are_reported_together_in_order() -> None:
    error = mistake("foo(x) + sin(x, y) * 1e99999")
    codes = [e.code for e in (error, *error.others)]
    assert codes == ["unknown-function", "wrong-number-of-arguments", "number-too-large"]


@pytest.mark.parametrize("name", [name for name in registry if len(name) > 3])
def test_a_swapped_pair_of_letters_is_recognised(name: str) -> None:
    for i in range(len(name) - 1):
        typed = name[:i] + name[i + 1] + name[i] + name[i + 2 :]
        if typed not in registry:
            assert name in nearest(typed, registry)


@given(st.text(st.sampled_from("x1.e+-*/^@()[],=#$ \nsinpλ\x00\x1b'\"\\"), max_size=30))
@settings(max_examples=800, deadline=None)
def test_any_text_is_read_or_refused_in_plain_words(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        for one in (error, *error.others):
            said = f"{one.message} {one.hint}"
            assert "Token(" not in said
            assert "Traceback" not in said
            # Terminals of the grammar are spelled in capitals; nothing a user reads is.
            for terminal in ("RPAR", "LSQB", "NUMBER", "NAME", "MINUS", "$END"):
                assert terminal not in said or terminal in text
            assert one.message[0] in "`(" or one.message[0].islower()
            assert not one.message.endswith(".")
            assert one.span is not None
            assert 0 <= one.span.start <= one.span.end <= len(text)
