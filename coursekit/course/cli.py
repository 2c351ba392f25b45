"""The command line: ``coursekit COMMAND``. Each command calls one function of the library and says what it returns.

What a command needs is imported inside it, so that ``coursekit --help`` answers at once. Exit status: 0 when all is
well, 1 when something is not (a question not passed, a notebook that drifted, a broken machine, an error), 2 for a
command line that cannot be read.
"""

import itertools
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from coursekit import paths

app = typer.Typer(
    help="The audio and speech course: notebooks, exercises that are checked at once, and the data behind them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(
    help="The data shelf: the recordings that the course is made with.", no_args_is_help=True
)
app.add_typer(data_app, name="data")
models_app = typer.Typer(
    help="The model shelf: trained models that come with the course.", no_args_is_help=True
)
app.add_typer(models_app, name="models")

out = Console()
err = Console(stderr=True)
MOST_FILES = 10  # of one set that are named, before the rest is counted
NOTEBOOK = "An exercise notebook, or its chapter's number: 01."
COLOURS = {
    "ok": "green", "warn": "yellow", "broken": "red",  # doctor
    "missing": "yellow", "damaged": "red",  # data
}  # fmt: skip


def main() -> None:
    """Runs the command line; an error is one red line (and its traceback, where COURSEKIT_DEBUG is set)."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a pipe of Windows is cp1252, which lacks ✓ ✗ ○
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(prog_name="coursekit")
    except Exception as error:
        if os.environ.get("COURSEKIT_DEBUG"):
            raise
        complain(f"coursekit: {str(error) or type(error).__name__}")
        sys.exit(1)


def complain(text: str) -> None:
    """One red line on stderr, as it is: what stands in brackets is no markup, and a path is not broken."""
    err.print(text, style="red", markup=False, highlight=False, soft_wrap=True)


def state(name: str) -> Text:
    return Text(name, style=COLOURS[name])


@app.callback(invoke_without_command=True)
def options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from coursekit import __version__

        print(f"coursekit {__version__}")
        raise typer.Exit


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look over this machine: packages, sound files, data, disk, memory, the notebooks' kernel."""
    from coursekit.course import doctor as doctor_

    with err.status("looking…"):
        findings = doctor_.examine()
    well = doctor_.is_well(findings)
    if as_json:
        print(json.dumps(doctor_.as_json(findings), indent=2))
    else:
        table = Table("", "", "what was found", box=None, pad_edge=False)
        for finding in findings:
            mend = f"\n→ {finding.mend}" if finding.mend else ""
            table.add_row(Text(finding.name), state(finding.state), Text(finding.what + mend))
        out.print(table)
        out.print(
            "\nAll that the course needs works."
            if well
            else "\n[red]Something that the course needs is broken."
        )
    raise typer.Exit(0 if well else 1)


@app.command()
def lab(
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; else the first free one from 8888.")
    ] = None,
    browser: Annotated[
        bool, typer.Option(help="Open the page in a browser, where there is a screen.")
    ] = True,
) -> None:
    """Open the course in JupyterLab, on its start page. Ctrl-C ends it."""
    from coursekit.course import lab as lab_

    raise typer.Exit(lab_.start(port=port, browser=browser))


@data_app.command("list")
def data_list() -> None:
    """The sets of the data shelf, and which of them are here."""
    from coursekit import data

    table = Table("set", "here", "download", "what it holds", box=None, pad_edge=False)
    for card in data.catalog():
        table.add_row(
            card.name,
            _state_of(data.verify(card.name)),
            f"{card.download / 1e6:.1f} MB",
            Text(f"{card.holds}; {card.minutes:g} minutes\nlicence: {card.licence}"),
        )
    out.print(table)
    out.print(Text(f"\nThe shelf lies in {paths.data_dir()}"), soft_wrap=True)


@data_app.command("get")
def data_get(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of sets.", show_default=False)
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="What the course starts with, as without names.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Every set.")] = False,
) -> None:
    """Fetch sets that are not here yet; what is here and sound is not fetched again."""
    from coursekit import data

    wanted = list(names or [])
    if everything:
        wanted = [card.name for card in data.catalog()]
    elif default or not wanted:
        wanted += data.default_sets()
    missing = False
    for name in dict.fromkeys(wanted):
        try:
            data.get(name)
        except data.DataError as error:
            complain(str(error))
            missing = missing or not data.card(name).stand_in
        else:
            out.print(Text(f"{name}: here"))
    raise typer.Exit(1 if missing else 0)


@data_app.command("verify")
def data_verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of sets.", show_default=False)
    ] = None,
) -> None:
    """Check every file's SHA-256. Exit status 1 when a file is damaged."""
    from coursekit import data

    findings = [finding for name in names or [None] for finding in data.verify(name)]
    unsound = [finding for finding in findings if finding.state != "ok"]
    for (set_, kind), group in itertools.groupby(
        unsound, key=lambda finding: (finding.name, finding.state)
    ):
        alike = list(group)
        for finding in alike[:MOST_FILES]:
            optional = " (optional)" if finding.optional else ""
            out.print(state(kind), Text(f"{set_}/{finding.file}{optional}"), soft_wrap=True)
        if len(alike) > MOST_FILES:
            out.print(
                state(kind), Text(f"{set_}: {len(alike) - MOST_FILES} files more"), soft_wrap=True
            )
    count = {
        kind: sum(finding.state == kind for finding in findings)
        for kind in ("ok", "missing", "damaged")
    }
    out.print(f"{count['ok']} files ok, {count['missing']} missing, {count['damaged']} damaged")
    raise typer.Exit(1 if count["damaged"] else 0)


@models_app.command("list")
def models_list() -> None:
    """The models of the shelf, and whether they are sound."""
    from coursekit import pretrained

    table = Table("model", "here", "size", "what it does", box=None, pad_edge=False)
    for name in pretrained.names():
        findings = pretrained.verify(name)
        size = f"{pretrained.size(name) / 1e6:.1f} MB"
        well = all(finding.state == "ok" for finding in findings)
        table.add_row(
            name, _state_of(findings), size, Text(pretrained.card(name).summary() if well else "")
        )
    out.print(table)


@models_app.command("get")
def models_get(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of models.", show_default=False)
    ] = None,
) -> None:
    """Make sure that models are here. All of them come with the course, so that nothing is fetched."""
    models_verify(names)


@models_app.command("verify")
def models_verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of models.", show_default=False)
    ] = None,
) -> None:
    """Check the SHA-256 of every model's files. Exit status 1 when one is damaged or missing."""
    from coursekit import pretrained

    findings = [
        finding for name in names or pretrained.names() for finding in pretrained.verify(name)
    ]
    for finding in findings:
        out.print(state(finding.state), Text(finding.file), soft_wrap=True)
    well = all(finding.state == "ok" for finding in findings)
    if not well:
        complain(
            "Files of the model shelf come with the course: install coursekit again, or check them out again."
        )
    raise typer.Exit(0 if well else 1)


@app.command()
def check(notebook: Annotated[str, typer.Argument(help=NOTEBOOK)]) -> None:
    """Check the answers in an exercise notebook. Exit status 0 only when all questions are passed."""
    from coursekit.course.check import notebook_check
    from coursekit.course.check.result import results_table

    notebook = notebook_check.find_notebook(notebook)
    with err.status(f"running {notebook.name}…"):
        results = notebook_check.check_notebook(notebook)
    print(results_table(results))
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


@app.command("next")
def next_() -> None:
    """What to do now."""
    from coursekit.course.check import standing

    print(standing.next_step())


@app.command()
def watch(notebook: Annotated[str, typer.Argument(help=NOTEBOOK)]) -> None:
    """Check an exercise notebook again each time it is saved. Ctrl-C ends it."""
    from coursekit.course.check import notebook_check

    notebook_check.watch(notebook_check.find_notebook(notebook))


@app.command()
def progress() -> None:
    """Where you stand: every question tried, with its points."""
    from coursekit.course.check import standing

    print(standing.progress())


@app.command()
def run(
    chapter: Annotated[str, typer.Argument(help="A chapter's number: 01.")],
    html: Annotated[
        Path | None, typer.Option(help="Also write the chapter, with its outputs, as a web page.")
    ] = None,
) -> None:
    """Run a chapter from top to bottom without JupyterLab; says what it took in time and memory."""
    from coursekit.course.make import build

    with Progress(
        *Progress.get_default_columns(), console=err, transient=True, disable=not err.is_terminal
    ) as bar:
        cells = bar.add_task(f"chapter {chapter}", total=None)
        cost = build.run(
            chapter,
            html=html,
            on_cell=lambda done, total: bar.update(cells, completed=done, total=total),
        )
    print(
        f"chapter {chapter} ran to its end in {cost['minutes']:g} minutes, with {cost['memory_mb']:g} MB of memory"
    )
    if html:
        print(f"written: {html}")


@app.command()
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 on any drift.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="With --check: exit status 1 on stale outputs too.")
    ] = False,
    execute: Annotated[
        list[str] | None, typer.Option(help="Run this chapter too, and store its outputs.")
    ] = None,
) -> None:
    """Build the notebooks from chapters/ (in a clone of the course)."""
    from coursekit.course.make import build as build_

    if paths.course_dir() == paths.PACKAGED_COURSE:
        raise FileNotFoundError(
            "the notebooks are built in a clone of the course; this is an installed package"
        )
    root = paths.course_dir()
    changes, stale = (
        build_.check(root) if check else (build_.build(root, execute=execute or ()), [])
    )
    for change in changes:
        out.print(Text(str(change)), soft_wrap=True)
    if not changes:
        out.print("The notebooks are as their sources say.")
    for change in stale:
        out.print(Text(f"stale: {change}"), soft_wrap=True)
    if stale:
        numbers = sorted({change.path.name.partition("_")[0] for change in stale})
        again = " ".join(f"--execute {number}" for number in numbers)
        out.print(Text(f"To make these outputs anew: coursekit build {again}"), soft_wrap=True)
    raise typer.Exit(1 if check and (changes or fresh and stale) else 0)


def _state_of(findings) -> Text:
    """One word for a set: a file that is damaged or missing decides, unless the set loads without it."""
    states = {finding.state for finding in findings if not getattr(finding, "optional", False)}
    return state(next((word for word in ("damaged", "missing") if word in states), "ok"))
