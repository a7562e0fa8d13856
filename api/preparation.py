"""Everything between a checked environment and a product that is ready: tables, diagrams, the demo city."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from api import database, readiness
from api.demo.city import load_city
from api.product import Product
from engine import crypto
from engine.actor import SYSTEM
from engine.definitions import services as definitions
from engine.definitions.files import SourceFile
from engine.definitions.services import Deployment
from engine.errors import BihuanError
from engine.history.models import Submission
from engine.settings import Settings
from processes.registry.accounts.services import has_demo_accounts

SUFFIXES = (".bpmn", ".dmn", ".json")
Tell = Callable[[str], None]


class NoSuchPath(BihuanError):
    """找不到要部署的文件。 There is nothing to deploy at this path."""

    code = "no-such-path"


class NotDeployable(BihuanError):
    """流程文件未通过检查。 The diagrams did not pass the check."""

    code = "not-deployable"


class OtherKey(BihuanError):
    """BIHUAN_SECRET_KEY 与该数据库不符：内容由另一把密钥加密。 BIHUAN_SECRET_KEY does not fit this database: another key sealed it."""

    code = "other-key"


class DemoDatabase(BihuanError):
    """该数据库含演示账号，不能用于生产环境。 This database holds demo accounts; production refuses it. Use a new one."""

    code = "demo-database"


def tables(settings: Settings, tell: Tell) -> None:
    """Have the tables of this version: the demo brings them there itself, production must have been upgraded by a person.

    Raises `NoDatabase`, `OldDatabase` or `ForeignDatabase`.
    """
    found = database.open_database(settings)
    try:
        if settings.production:
            database.require_head(found)
        elif database.upgrade(found):
            tell("数据库表已就绪 database upgraded")
    finally:
        found.dispose()


def refuse_demo(product: Product) -> None:
    """Keep a demo database out of production. Raises `DemoDatabase`."""
    with product.engine.read() as session:
        if has_demo_accounts(session):
            raise DemoDatabase


def require_key(product: Product) -> None:
    """Refuse a key that cannot open what the database holds, before every page of a case would fail. Raises `OtherKey`."""
    with product.engine.read() as session:
        sealed = session.scalar(select(Submission.body).limit(1))
    if sealed is not None and not crypto.current().opens(sealed):
        raise OtherKey


def files_at(paths: list[Path]) -> list[SourceFile]:
    """The diagrams, tables and forms at some paths, folders with all that is in them. Raises `NoSuchPath`."""
    found: list[SourceFile] = []
    for path in paths:
        below = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path] if path.is_file() else []
        if not below:
            raise NoSuchPath(f"{path} 中没有可部署的文件。 There is nothing to deploy at {path}.")
        found += [SourceFile(str(file.relative_to(path.parent)), file.read_bytes()) for file in below]
    return found


def deploy(product: Product, files: list[SourceFile]) -> Deployment:
    """Deploy and publish files as the system; the same content again changes nothing."""
    return product.engine.transact(
        SYSTEM, lambda work: definitions.deploy(work.session, files, SYSTEM.id, catalogue=product.catalogue, publish=True)
    )


def diagrams(product: Product, tell: Tell) -> None:
    """Deploy the product's own diagrams. Raises `NotDeployable` with one line per finding."""
    done = deploy(product, files_at([product.settings.models]))
    if done.refused:
        raise NotDeployable("\n".join(str(finding) for finding in done.findings if finding.is_error))
    fresh = sum(one.new for one in done.definitions)
    if fresh:
        tell(f"已部署 {fresh} 个流程、决策表和表单 {fresh} definitions deployed")


def city(product: Product, tell: Tell) -> None:
    """Load the demo city, or what is missing of it; nothing when it stands."""
    with product.engine.read() as session:
        if readiness.city_stands(session):
            return
    load_city(product, tell)


def prepare(product: Product, tell: Tell) -> None:
    """Bring a product whose tables stand to the point where `/readyz` answers 200."""
    if product.settings.production:
        refuse_demo(product)
        return
    with database.alone(product.database):
        diagrams(product, tell)
        city(product, tell)
