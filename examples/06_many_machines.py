"""Run a survey on the workers of a Dask cluster, here two on this machine: `pip install ".[cluster]"`."""

import filecmp
import tempfile
from pathlib import Path

from distributed import Client, LocalCluster

import odfault
from odfault.demo import EXAMPLE


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one.sgy", Path(folder) / "many.sgy"
        odfault.run(EXAMPLE / "demo.sgy", one)
        # on a cluster: Client("tcp://HOST:8786"), or Client of a SLURMCluster, PBSCluster, KubeCluster
        workers = LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None)
        with workers, Client(workers) as client:
            report = odfault.run(EXAMPLE / "demo.sgy", many, client=client)
        for remark in report.remarks:
            print(remark)
        print(f"{report.live} traces, the same bytes: {filecmp.cmp(one, many, shallow=False)}")


if __name__ == "__main__":  # workers are processes that import this file
    main()
