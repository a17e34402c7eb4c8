"""What fits on a screen can be read: short functions, short files, names that say what is inside, no loose ends."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import pytest

LINES_OF_A_FUNCTION = 60
LINES_OF_A_FILE = 400
NAMES_THAT_SAY_NOTHING = re.compile(r"(?:^|_)(?:utils?|helpers?|misc|managers?|common|stuff)(?:_|$)")
LOOSE_END = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))")


def long_functions(path: str, tree: ast.AST) -> Iterator[str]:
    """Name every function longer than a screen, its docstring included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LINES_OF_A_FUNCTION:
                yield f"{path}:{node.lineno} {node.name} has {lines} lines"


def long_file(path: str, text: str) -> Iterator[str]:
    """Name the file if it is too long."""
    lines = text.count("\n")
    if lines > LINES_OF_A_FILE:
        yield f"{path} has {lines} lines"


def empty_names(path: str) -> Iterator[str]:
    """Name the path if a folder or the module on it has a name that says nothing."""
    steps = PurePosixPath(path).with_suffix("").parts
    if any(NAMES_THAT_SAY_NOTHING.search(step) for step in steps):
        yield f"{path} does not say what is inside"


def loose_ends(path: str, text: str) -> Iterator[str]:
    """Name every comment that promises work without the number of the issue that holds it."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and LOOSE_END.search(token.string):
            yield f"{path}:{token.start[0]} {token.string}"


def test_functions_fit_on_a_screen(written: Mapping[str, str]) -> None:
    assert [long for path, text in written.items() for long in long_functions(path, ast.parse(text))] == []


def test_files_are_short(written: Mapping[str, str]) -> None:
    assert [long for path, text in written.items() for long in long_file(path, text)] == []


def test_names_say_what_is_inside(written: Mapping[str, str]) -> None:
    assert [empty for path in written for empty in empty_names(path)] == []


def test_no_loose_end_without_its_issue(written: Mapping[str, str]) -> None:
    assert [loose for path, text in written.items() for loose in loose_ends(path, text)] == []


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_catches_a_long_function(kind: str) -> None:
    body = f"{kind} score():\n" + "    pass\n" * LINES_OF_A_FUNCTION
    assert len(list(long_functions("domain/risk/score.py", ast.parse(body)))) == 1
    assert list(long_functions("domain/risk/score.py", ast.parse(body.replace("    pass\n", "", 1)))) == []


def test_catches_a_long_file() -> None:
    assert len(list(long_file("domain/risk/score.py", "\n" * (LINES_OF_A_FILE + 1)))) == 1
    assert list(long_file("domain/risk/score.py", "\n" * LINES_OF_A_FILE)) == []


@pytest.mark.parametrize("path", ["domain/util.py", "api/helpers/page.py", "graph/query_utils.py", "api/manager.py"])
def test_catches_a_name_that_says_nothing(path: str) -> None:
    assert len(list(empty_names(path))) == 1


@pytest.mark.parametrize("path", ["domain/utilisation.py", "domain/risk/score.py", "domain/change/commonality.py"])
def test_lets_a_telling_name_be(path: str) -> None:
    assert list(empty_names(path)) == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_catches_a_loose_end(word: str) -> None:
    assert len(list(loose_ends("domain/risk/score.py", f"score = 0  # {word}: add the rest\n"))) == 1
    assert list(loose_ends("domain/risk/score.py", f"score = 0  # {word}(#12): add the rest\n")) == []
