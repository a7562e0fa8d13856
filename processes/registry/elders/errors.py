"""What can be wrong with an elder's data."""

from engine.errors import Conflict, Invalid, NotFound


class BadElder(Invalid):
    """老年人资料有误。 The elder's data is wrong."""

    code = "bad-elder"


class DeviceExists(Conflict):
    """这个设备编号已经登记。 A device with this code is registered already."""

    code = "device-exists"


class NoSuchElder(NotFound):
    """没有这位老年人的档案。 There is no record of this elder."""

    code = "no-such-elder"


class Retired(Conflict):
    """这位老年人已经停用。 This elder is not served any more."""

    code = "elder-retired"
