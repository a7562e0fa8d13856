"""The two ways in which a sender fails."""

from datetime import timedelta

from engine.errors import BihuanError


class RetryLater(BihuanError):
    """对方暂时无法接收，稍后自动重发。 The receiver cannot take it now; it is sent again by itself.

    `after` is the receiver's own wish (`Retry-After`); the back-off is used where it is longer.
    """

    code = "retry-later"

    def __init__(self, message: str | None = None, /, *, after: timedelta | None = None) -> None:
        self.after = after
        super().__init__(message)


class Refused(BihuanError):
    """对方拒绝接收，需要人工处理。 The receiver refuses it for good; a person must look at it."""

    code = "refused"
