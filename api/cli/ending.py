"""How the command line ends: every failure is one clear line and an exit status."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

import typer
from typer.exceptions import TyperException

from api.cli import console
from api.cli.app import app
from pipeline.errors import CallproofError


def main() -> None:
    """Run the command line. Exit status: 0 done, 2 usage error or unreadable input, 1 failure of the program."""
    sys.exit(_status())


def _status() -> int:
    try:
        result = app(None if len(sys.argv) > 1 else ["--help"], standalone_mode=False)
        return result if isinstance(result, int) else 0
    except TyperException as error:
        say = getattr(error, "format_message", None)
        return _fail(say() if say else str(error), "usage", 2)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("interrupted", "interrupted", 130)
    except CallproofError as error:
        return _fail(error.message, error.code, error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("CALLPROOF_DEBUG"):
            raise
        if (why := _database_fault(error)) is not None:
            return _fail(f"the database cannot be used now ({why})", "database_unreachable", 1)
        where = type(error).__name__
        return _fail(f"the program failed ({where}); CALLPROOF_DEBUG=1 shows where", "internal", 1)


def _database_fault(error: Exception) -> str | None:
    """Why the database does not answer, where it was used at all."""
    if "sqlalchemy" not in sys.modules:
        return None
    from pipeline.store.database import out_of_reach

    return out_of_reach(error)


def _speaks_chinese() -> bool:
    """Whether messages are in Chinese, also where the settings themselves are what is wrong."""
    asked = [value for flag, value in pairwise(sys.argv) if flag == "--lang"]
    asked += [argument.removeprefix("--lang=") for argument in sys.argv if argument.startswith("--lang=")]
    return (asked or [os.environ.get("CALLPROOF_LANGUAGE", "zh")])[0] != "en"


def _fail(message: str, code: str, status: int) -> int:
    line = " ".join(str(message).split())
    chinese = (
        f"{console.text(f'error_{code}', 'zh')} — " if _speaks_chinese() and console.has_text(f"error_{code}") else ""
    )
    sys.stderr.buffer.write(f"callproof: {chinese}{line} [{code}]\n".encode("utf-8", "replace"))
    sys.stderr.buffer.flush()
    return status
