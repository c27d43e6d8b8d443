"""All commands, in the order in which `probe --help` lists them."""

import typer

from probe.cli import looking_back, operating, rehearsing

app = typer.Typer(
    help="Tells a control-plane outage from an API outage, within seconds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    operating.init,
    operating.check,
    operating.run,
    operating.once,
    rehearsing.demo,
    rehearsing.simulate,
    rehearsing.replay,
    looking_back.incidents,
    looking_back.report,
    operating.notify,
    operating.schema,
    operating.healthcheck,
):
    app.command()(command)
