"""The README's table: sca, scanpy, brisc and CREST on the same simulated cells, one after the other.

usage: compare.py SCA [CELLS ...] [--folder benches/made] [--tools sca,scanpy-1.11.5,brisc] [--counts 3500]
                  [--genes 32738] [--types 20] [--min-genes 200] [--memory "2 GB"] [--instructions portable]
                  [--limits target/release/examples/limits] [--out benches/runs/DATE.md]
       compare.py target/release/sca 10000 100000

Everything else is made: data by simulate.py, and each tool's environment (pip) in FOLDER. Each runs the same
workflow, from a file to clusters, UMAP and markers of all clusters (peers/*.py; brisc has no Wilcoxon test): wall
seconds, processor seconds and peak memory of the whole process, seconds of each step, and the quality of what it
found (quality.py). With `--limits`, quality control alone and what decoding alone takes are added. sca writes everything by default, scanpy too; brisc and CREST write nothing. Needs Python 3.11,
and 3.12 or newer for scanpy 1.12, which is left out, with a word, where there is none.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCANPY = ["igraph==0.11.9", "leidenalg==0.10.2", "numba==0.68.1"]
# Script, packages, and the oldest Python that they run on.
TOOLS = {
    "sca": None,
    "scanpy-1.11.5": ("with_scanpy.py", ["-r", str(HERE.parent / "tests/python/requirements.txt"), *SCANPY], (3, 11)),
    "scanpy-1.12.4": ("with_scanpy.py", ["scanpy==1.12.4", *SCANPY], (3, 12)),
    "brisc-0.2.3": ("with_brisc.py", ["brisc==0.2.3"], (3, 11)),
    "crest-sc-0.4.0": ("with_crest.py", ["crest-sc==0.4.0"], (3, 11)),
}
WORKFLOW = """{memory}adata = read "{data}" | qc mt="MT-" | filter (pct_counts_mt < 20) min_genes={min_genes} | filter_genes min_cells=3
  | normalize target=1e4 | log1p | hvg n=2000 | pca n=50 | neighbors k=15 | leiden res=1 | umap
markers adata by=leiden method=wilcoxon
profile adata
write adata "{out}"
"""
# Steps of `profile` by the names that the others' have.
STEPS = {"read": "read", "qc": "quality control", "hvg": "hvg", "pca": "pca", "neighbors": "neighbors", "leiden": "leiden", "umap": "umap", "markers": "markers"}


def python(at_least):
    """The oldest Python that is new enough."""
    for minor in range(at_least[1], 16):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    return sys.executable if sys.version_info >= at_least else None


def environment(folder, tool):
    """The interpreter of a tool's own environment, made at first use; None where no Python is new enough."""
    _, packages, at_least = TOOLS[tool]
    home = folder / "environments" / tool
    if not (home / "ready").exists():
        base = python(at_least)
        if base is None:
            return None
        subprocess.check_call([base, "-m", "venv", "--clear", home])
        subprocess.check_call([home / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *packages])
        (home / "ready").touch()
    return home / "bin/python"


def measured(command, data, variables):
    """What a process printed, its wall and processor seconds, and its peak gigabytes. `data` is read once before, and
    what was written before is on the disk: what is compared is not the disk."""
    os.sync()
    subprocess.check_call(["cat", data], stdout=subprocess.DEVNULL)
    start = time.time()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | variables)
    printed, said = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.time() - start
    if status != 0:
        raise RuntimeError(said[-2000:] or f"status {status}")
    return printed, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def seconds(text):
    """Of `1 min 3 s`, `2.5 s` or `12 ms`."""
    units = {"h": 3600, "min": 60, "s": 1, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+) (min|ms|s|h)\b", text))


def profiled(printed):
    """Seconds by step of what `profile` prints; steps that ran together are one."""
    found = {}
    for line in printed.splitlines():
        match = re.match(r"\s*((?:[\d.]+ (?:h|min|s|ms) ?)+)\s+(?:[\d.]+ [kMGT]?B)?\s{2,}(.+)", line)
        if match and "in all" not in match[2]:
            words = re.findall(r"\w+", match[2])
            name = " · ".join(dict.fromkeys(STEPS[word] for word in words if word in STEPS)) or words[0]
            found[name] = found.get(name, 0.0) + seconds(match[1])
    return found


def run(o, tool, data):
    """A row of the table, and the seconds of the steps."""
    left = o.folder / f"{tool}.npz"
    if tool == "sca":
        left = o.folder / "sca.h5ad"
        left.unlink(missing_ok=True)
        memory = f'set memory="{o.memory}"\n' if o.memory else ""
        script = WORKFLOW.format(memory=memory, data=data, out=left, min_genes=o.min_genes)
        variables = {"SCA_INSTRUCTIONS": o.instructions} if o.instructions else {}
        printed, wall, processor, peak = measured([o.sca, "-c", script], data, variables)
        steps = profiled(printed)
    else:
        interpreter = environment(o.folder, tool)
        if interpreter is None:
            return [tool, "needs a newer Python"], {}
        command = [interpreter, HERE / "peers" / TOOLS[tool][0], data, left, str(o.min_genes)]
        printed, wall, processor, peak = measured(command, data, {})
        steps = json.loads(printed.strip().splitlines()[-1])
        # Leaving results for the judge is no part of the work.
        judged = steps.pop("judged")
        wall, processor = wall - judged, processor - judged
    row = [tool, f"{wall:.1f}", f"{processor:.1f}", f"{peak:.2f}"]
    judge = environment(o.folder, "scanpy-1.11.5")
    told = subprocess.check_output([judge, "-W", "ignore", HERE / "quality.py", data, left], text=True)
    for path in (left, left.with_name(left.name + ".h5ad")):
        path.unlink(missing_ok=True)
    return row + [f"{value:.4g}" for value in json.loads(told).values()], steps


def parts(o, data):
    """Rows of quality control alone, and of the better of two decodings of all blocks that do nothing else."""
    script = f'adata = read "{data}" | qc mt="MT-"\nprofile adata\n'
    _, wall, processor, peak = measured([o.sca, "-c", script], data, {})
    printed, *_ = measured([o.limits, data], data, {})
    decoding = min(float(found) for found in re.findall(r"decoding: ([\d.]+) s", printed))
    return [["sca, quality control", f"{wall:.1f}", f"{processor:.1f}", f"{peak:.2f}"], ["sca, decoding alone", f"{decoding:.1f}"]]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join([*row, *[""] * (len(head) - len(row))]) + " |")
    return "\n".join(lines) + "\n"


def compare(o, cells, say):
    data = o.folder / f"sim{cells}_{o.genes}_{o.types}_{o.counts}.h5ad"
    if not data.exists():
        simulate = [environment(o.folder, "scanpy-1.11.5"), HERE / "simulate.py", data, "--cells", str(cells)]
        subprocess.check_call([*simulate, "--genes", str(o.genes), "--types", str(o.types), "--counts", str(o.counts)], stdout=sys.stderr)
    say(f"\n## {cells:,} cells × {o.genes:,} genes, {o.types} types, {o.counts} counts a cell\n")
    rows, by_tool = [], {}
    for tool in o.tools:
        print(f"{tool} …", file=sys.stderr, flush=True)
        try:
            row, by_tool[tool] = run(o, tool, data)
        except RuntimeError as error:
            print(error, file=sys.stderr)
            row = [tool, "failed"]
        rows.append(row)
    if o.limits:
        rows += parts(o, data)
    say(table(["tool", "seconds", "processor seconds", "peak GB", "ARI with truth", "clusters", "modularity", "recall", "neighbors kept"], rows))
    names = dict.fromkeys(name for steps in by_tool.values() for name in steps)
    steps = [[name, *(f"{steps[name]:.2f}" if name in steps else "" for steps in by_tool.values())] for name in names]
    say(table(["seconds of each step", *by_tool], steps))


def processor():
    try:
        return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        return platform.processor()


def tools(text):
    """Names as they are, or without their versions: `scanpy` is both."""
    found = [name for word in text.split(",") for name in TOOLS if word in (name, name.rsplit("-", 1)[0])]
    return list(dict.fromkeys(found))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("sca", type=os.path.abspath)
    parser.add_argument("cells", type=int, nargs="*", default=[10_000])
    parser.add_argument("--folder", type=lambda path: Path(path).resolve(), default=HERE / "made")
    parser.add_argument("--tools", type=tools, default=",".join(TOOLS))
    for name, default in (("counts", 3500), ("genes", 32738), ("types", 20), ("min-genes", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--memory", default="")
    parser.add_argument("--instructions", default="", help="portable, avx2: what sca may use of the processor")
    parser.add_argument("--limits", default="", help="the example of that name: adds what decoding alone takes")
    parser.add_argument("--out", help="where the tables go, too")
    o = parser.parse_args()
    o.folder.mkdir(parents=True, exist_ok=True)
    lines = []

    def say(text):
        print(text, flush=True)
        lines.append(text)

    version = subprocess.check_output([o.sca, "--version"], text=True).strip()
    say(f"{version}; {time.strftime('%Y-%m-%d')}; {processor()}, {os.cpu_count()} cores; memory setting: {o.memory or 'default'}; instructions: {o.instructions or 'all'}")
    for cells in o.cells:
        compare(o, cells, say)
    if o.out:
        Path(o.out).write_text("\n".join(lines))


main()
