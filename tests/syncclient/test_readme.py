import re
from pathlib import Path

from haidang_syncclient import client
from haidang_syncclient.deployment import Deployment
from haidang_syncclient.enrolling import invite
from haidang_syncclient.replica import Replica
from tests.syncclient.hub import Hub, sync
from tests.syncclient.test_officer import REPORTING
from tests.syncclient.village import COMMUNE, GENESIS, HUB_KEY, OFFICER, Clock, Village, give, randomness

README = Path(client.__file__).parents[1] / "README.md"
YEAR_2100 = 4_102_444_800


def test_the_code_of_the_readme_runs_as_it_stands(village: Village, tmp_path: Path) -> None:
    with Hub(tmp_path, village) as hub:
        deployment = Deployment(GENESIS, HUB_KEY.key, hub.url, COMMUNE)
        path = village.folder / "office.db"
        with Replica.create(path, deployment, OFFICER, clock=Clock(), randomness=randomness(1)) as office:
            give(office, village.sets)
            invitation = invite(office, REPORTING, YEAR_2100).text
            assert sync(office, hub.url).complete
        home = tmp_path / "home"
        home.mkdir()
        names = {"invitation": invitation, "home": home}
        for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL):
            exec(compile(block, README.name, "exec"), names)
        names["replica"].close()  # type: ignore[attr-defined]  # a name that the documented code made
        names["transport"].close()  # type: ignore[attr-defined]  # the same
