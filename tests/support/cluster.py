"""A Slurm cluster of one node for tests: own configuration, key, ports and folders; ends only its own processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAMS = ("sbatch", "slurmctld", "slurmd", "munged", "scontrol", "squeue", "scancel", "srun")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

_CONF = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmdPort={slurmd_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
MpiDefault=none
KillWait=10
CompleteWait=0
MinJobAge=3600
SlurmdTimeout=5
ReturnToService=2
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs=32 RealMemory=200000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Return why no cluster can be started here; empty where one can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]
    if sys.platform != "linux" or missing:
        return f"Slurm (Debian's slurm-wlm and munge) is not installed: no {', '.join(missing)}"
    return "" if os.geteuid() == 0 else "the test cluster's daemons must run as root"


class Cluster:
    """`slurmctld`, `slurmd` and `munged` of one node, between `start` and `stop`.

    Args:
        folder: of all files that they write; its path must be short, since it holds sockets.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """Environment in which Slurm's commands use this cluster."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))}
        return {**inherited, "PATH": _PATH, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start the daemons, and wait until the node accepts jobs."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        host = socket.gethostname().split(".")[0]
        ports = _free_ports(2)
        conf = _CONF.format(folder=self.folder, host=host, ctld_port=ports[0], slurmd_port=ports[1])
        (self.folder / "slurm.conf").write_text(conf)
        own = [f"--{name}={self.folder}/munge.{name}" for name in ("socket",)]
        own += [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
        self._start("munged", "--foreground", "--force", "--num-threads=1", *own)
        self.wait_for(lambda: (self.folder / "munge.socket").exists(), "munged is up")
        self._start("slurmctld", "-D", "-f", str(self.folder / "slurm.conf"))
        self.start_node()

    def start_or_skip(self) -> None:
        """Start the cluster, or skip the test on a machine where its daemons do not work."""
        try:
            self.start()
        except (AssertionError, OSError) as error:
            self.stop()
            pytest.skip(f"Slurm is installed, but its daemons do not work here: {str(error).splitlines()[0]}")

    def start_node(self) -> None:
        """Start ``slurmd``, and wait until the node accepts jobs."""
        self._start("slurmd", "-D", "-f", str(self.folder / "slurm.conf"))
        up = ("idle", "mixed", "allocated", "completing")
        self.wait_for(lambda: self.run("sinfo", "-h", "-o", "%T", check=False) in up, "the node is up")

    def kill_node(self) -> None:
        """Kill ``slurmd`` and all processes that it started, as when a node loses power."""
        slurmd = self._daemons.pop("slurmd")
        for pid in [slurmd.pid, *_descendants(slurmd.pid), *self._steps()]:
            _kill(pid, signal.SIGKILL)
        slurmd.wait()

    def stop(self) -> None:
        """End the daemons and all jobs that still run."""
        self.run("scancel", "--user=root", check=False)
        for pid in self._steps():
            _kill(pid, signal.SIGKILL)
        for name in ("slurmd", "slurmctld", "munged"):
            if daemon := self._daemons.pop(name, None):
                daemon.terminate()
                try:
                    daemon.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command of Slurm, and return its output, stripped."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def states(self, job: str) -> dict[str, str]:
        """Return the state of every task of a job, also of one that has ended, by ``JOB`` or ``JOB_TASK``."""
        output = self.run("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%i %T")
        return dict(line.split() for line in output.splitlines())

    def restarts(self, job: str) -> int:
        """Return how often a job was requeued."""
        words = self.run("scontrol", "show", "job", job).split()
        return int(next(word for word in words if word.startswith("Restarts=")).partition("=")[2])

    def is_requeued(self, job: str) -> bool:
        """Return whether a job was requeued, and its previous execution has ended."""
        return self.restarts(job) > 0 and self.states(job).get(job) not in (None, "COMPLETING")

    def wait_for(self, happened: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Wait until a condition holds; AssertionError with the ends of the daemons' logs after ``seconds``."""
        until = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > until:
                logs = {path.name: path.read_text()[-2000:] for path in self.folder.glob("*.log")}
                raise AssertionError(f"{what}: not within {seconds:.0f} s\n" + "\n".join(map(str, logs.items())))
            time.sleep(0.2)

    def wait_for_end(self, *jobs: str, seconds: float = 90) -> Mapping[str, str]:
        """Wait until no task of some jobs waits or runs, and return their last states."""
        active = {"PENDING", "RUNNING", "COMPLETING", "REQUEUED", "CONFIGURING", "SIGNALING", "STAGE_OUT"}

        def all_ended() -> bool:
            return all(not active & set(self.states(job).values()) for job in jobs)

        self.wait_for(all_ended, f"jobs {', '.join(jobs)} end", seconds)
        return {task: state for job in jobs for task, state in self.states(job).items()}

    def _start(self, name: str, *arguments: str) -> None:
        program = shutil.which(name, path=_PATH)
        assert program
        with (self.folder / f"{name}.out").open("ab") as output:
            self._daemons[name] = subprocess.Popen(
                [program, *arguments], env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def _steps(self) -> list[int]:
        """Return the processes of jobs that still run: ``slurmstepd`` is no descendant of its ``slurmd``."""
        mine = str(self.folder / "slurm.conf").encode()
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command, environment = (path / "comm").read_text(), (path / "environ").read_bytes()
            except OSError:
                continue
            if command.startswith("slurmstepd") and (mine in environment or str(self.folder).encode() in environment):
                found += [int(path.name), *_descendants(int(path.name))]
        return found


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.name))
    below, found = [pid], []
    while below:
        children = parents.get(below.pop(), [])
        below += children
        found += children
    return found


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
