"""Command line: look at entries, write, check and publish them, and read, compare and export logs."""

import os
import signal
import sys
from contextlib import suppress

import typer

from hvae_bench.cli import entries, logs, people, plan, training
from hvae_bench.cli.frame import warn
from hvae_bench.text.errors import HvaeError
from hvae_bench.text.masking import masked

app = typer.Typer(
    name="hvae",
    help="Look at the entries of HVAE-Bench, write and check new ones, and read, export and rescore its logs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("list")(entries.list_entries)
for _command in (
    *(entries.show, plan.plan, entries.new, entries.validate, entries.migrate),
    *(entries.build, entries.diff, entries.publish),
    *(logs.results, logs.report, logs.export, logs.rescore, logs.reread, logs.compare, logs.merge),
    *(people.score, training.fresh),
):
    app.command()(_command)


def main() -> None:
    """Run the command line: exit code 0 fine, 1 a check found something, 2 wrong use."""
    # Asked to end, it clears away what is half written, as at Ctrl-C.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        try:
            app()
        finally:
            # What cannot be written should be told here, not by the interpreter when it ends.
            sys.stdout.flush()
    except HvaeError as error:
        warn(error)
        raise SystemExit(2) from None
    except BrokenPipeError:  # `hvae ... | head`
        _drop_output()
        raise SystemExit(0) from None
    except OSError as error:
        told = f"{error.filename or 'the output'}: {error.strerror or error}. Check path, permissions and space."
        warn(masked(told))
        _drop_output()
        raise SystemExit(2) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """Give up what is left of the output, which would fail once more when the interpreter ends."""
    with suppress(OSError, ValueError):  # a stream of the caller's may have no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
