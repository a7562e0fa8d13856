"""The command line `bihuan`."""

import click

from api.commands.data import audit_group, backup_command, db_group, restore_command
from api.commands.definitions import deploy_command, lint_command, simulate_command
from api.commands.people import load_command, user_group
from api.commands.running import prompts_command, seats_command, serve_command, telephony_command, worker_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """闭环：政务服务热线的流程平台。 Bihuan: government service hotlines as executable BPMN.

    Settings come from the environment; README.md lists them.
    """


for command in (
    serve_command,
    worker_command,
    telephony_command,
    prompts_command,
    seats_command,
    db_group,
    deploy_command,
    lint_command,
    simulate_command,
    audit_group,
    user_group,
    load_command,
    backup_command,
    restore_command,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
