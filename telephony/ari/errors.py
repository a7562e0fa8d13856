"""What Asterisk answers when it does not do what it was asked."""

from engine.errors import BihuanError


class AriError(BihuanError):
    """电话交换机拒绝了操作。 The telephone exchange refused this."""

    # `details` has `status` (of HTTP; None when there was no answer), `method`, `path` and what the exchange `said`
    code = "exchange-refused"


class BadRequest(AriError):
    """电话交换机不接受该参数。 The exchange does not accept a parameter."""

    code = "exchange-bad-request"


class AccessDenied(AriError):
    """电话交换机的用户名或密码不对，请检查设置。 The exchange's user name or password is wrong: check the settings."""

    code = "exchange-access-denied"


class Gone(AriError):
    """通话、会议或录音已不存在。 The call, bridge, playback or recording is no more."""

    code = "exchange-gone"


class Busy(AriError):
    """当前状态下不能这样做。 Not possible in the present state: it changed meanwhile."""

    code = "exchange-busy"


class NotInStasis(Busy):
    """该通话不在本系统手中。 The channel is not in this application's hands, or no longer."""

    code = "exchange-not-in-stasis"


class Unavailable(AriError):
    """电话交换机无法完成，可能是话机未注册。 The exchange could not do it; the telephone may not be registered."""

    code = "exchange-unavailable"


class Unreachable(AriError):
    """连接不上电话交换机。 The exchange does not answer: is it running, is the address right?"""

    code = "exchange-unreachable"


class NotUnderstood(AriError):
    """电话交换机的回答无法理解，版本可能不符。 The exchange's answer makes no sense; is it Asterisk 22?"""

    code = "exchange-not-understood"


NOT_IN_STASIS = "Channel not in Stasis application"
"""What is said with 422 by bridges, and by channels with 409, which means many another thing as well."""
BY_STATUS: dict[int, type[AriError]] = {
    400: BadRequest,
    401: AccessDenied,
    403: AccessDenied,
    404: Gone,
    409: Busy,
    412: Busy,
    422: NotInStasis,
}
"""By the status of HTTP; every 5xx is `Unavailable`."""
