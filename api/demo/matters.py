"""What synthetic citizens call about: made-up matters at real places, by a seed; no real person stands behind any of them."""

from dataclasses import dataclass
from functools import cache
from random import Random

from processes.registry.areas.services import Area, areas
from processes.registry.taxonomy.services import MatterClass, classes, matter_class

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静磊强洋艳勇军杰娟涛明超兰霞平刚桂英建华文玲波辉红宇婷晨"
CHANNELS = (("phone", 82), ("wechat", 8), ("web", 5), ("app", 3), ("110", 1), ("superior", 1))
KINDS = (("complaint", 45), ("help", 40), ("suggestion", 10), ("report", 5))
URGENCIES = (("normal", 88), ("urgent", 10), ("critical", 2))
ESTATES = ("锦绣花园", "渭滨小区", "文汇苑", "秦宝家园", "丽彩天玺", "民生家属院", "金泰丝路", "沣东新苑", "朝阳小区", "古渡花园")
OPENINGS = ("来电人反映", "市民反映", "来电人称", "群众反映")
SINCE = ("近一周", "昨天起", "上月以来", "今早开始", "连续三天", "近半个月")
EFFECTS = ("影响正常生活", "多次与对方沟通未果", "希望尽快核实处理", "已拍照留存", "老人和孩子出行不便", "周边住户意见较大")
DEMANDS = ("请相关部门核实并尽快处理", "希望给出明确的处理时限", "请协调解决并回电告知结果", "请答复依据和办理流程")


@dataclass(frozen=True, slots=True)
class Matter:
    """A call, as an agent would write it down."""

    category: str
    channel: str
    area: Area
    address: str
    matter: MatterClass
    kind: str
    urgency: str
    title: str
    content: str
    name: str
    phone: str
    anonymous: bool
    confidential: bool

    @property
    def classes(self) -> dict[str, str]:
        """The class codes of the four levels, by the field they belong in."""
        code = self.matter.code
        return {"class_l1": code.split("-")[0], "class_l2": code[:-2], "class_l3": code[:-1], "class_l4": code}


def matter(seed: int, number: int, categories: tuple[str, ...]) -> Matter:
    """The matter of a number; the same seed and number give the same."""
    rng = Random(f"{seed}:{number}")
    place, found = rng.choice(_streets()), rng.choice(_leaves())
    category = "consultation" if "consultation" in categories and rng.random() < 0.2 else "complaint"
    estate = f"{rng.choice(ESTATES)}{rng.randint(1, 24)}号楼"
    thing = f"{found.path[0]}—{found.path[-1]}"
    sentences = (
        f"{rng.choice(OPENINGS)}，{place.full_name}{estate}{rng.choice(SINCE)}出现“{found.path[-1]}”问题（{found.path[1]}）。",
        f"{rng.choice(EFFECTS)}。",
        f"{rng.choice(DEMANDS)}。",
    )
    return Matter(
        category=category,
        channel=_weighted(rng, CHANNELS),
        area=place,
        address=f"{place.full_name}{estate}{rng.randint(1, 4)}单元",
        matter=found,
        kind=_weighted(rng, KINDS),
        urgency=_weighted(rng, URGENCIES),
        title=f"{place.name}{thing}" if category == "complaint" else f"咨询{thing}办理",
        content="".join(sentences),
        name=rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.randint(1, 2))),
        phone=f"1900000{rng.randint(0, 9999):04d}",
        anonymous=rng.random() < 0.04,
        confidential=rng.random() < 0.05,
    )


def _weighted(rng: Random, values: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([value for value, _ in values], [weight for _, weight in values])[0]


@cache
def _streets() -> tuple[Area, ...]:
    return tuple(found for found in areas() if found.district)


@cache
def _leaves() -> tuple[MatterClass, ...]:
    return tuple(found for found in classes() if found.level == 4 and matter_class(found.code[:-1]) is not None)
