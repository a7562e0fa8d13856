"""Why something that was asked is not done, whatever it was."""

from engine.errors import Invalid


class TooLate(Invalid):
    """两分钟内没有拨出，已作罢，需要时请再拨。 Nobody could begin this call within two minutes: ask again if it is wanted."""

    code = "command-too-late"


class Failed(Invalid):
    """出了意外，没有做成，请再试一次；原因见电话进程的日志。 This failed unexpectedly: try again; the telephony worker's log says why."""

    code = "command-failed"
