"""What can be wrong with an account or a log-in."""

from engine.errors import Conflict, NotFound, TooManyAttempts, Unauthenticated


class WrongPassword(Unauthenticated):
    """账号或密码不正确。 The account or the password is wrong."""

    code = "wrong-password"


class LockedOut(TooManyAttempts):
    """登录失败次数过多，请 15 分钟后再试。 Too many failed log-ins; try again in 15 minutes."""

    code = "locked-out"


class NameTaken(Conflict):
    """用户名或工号已被使用。 The user name or the work number is taken."""

    code = "name-taken"


class NoSuchAccount(NotFound):
    """没有这个账号。 There is no such account."""

    code = "no-such-account"
