"""Presses Ctrl-C at several moments of every long step and measures how long the prompt takes to
answer, in milliseconds: every answer should take at most 200.

usage: interrupts.py SCA RAW.h5ad FOLDER [STEP ...]

RAW has counts, with a column `batch` in obs. FOLDER gets a prepared file (clusters, layouts and
markers of RAW; made once) and what the steps write. Each step runs in a prompt of its own, so that
the keyboard, the handler and the drawing of progress are part of what is measured. After each
answer the prompt must still have the dataset as it was.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 0.2
MOMENTS = (0.02, 0.15, 0.35, 0.55, 0.75, 0.9, 0.98)
# A step longer than this is interrupted within its first seconds only.
LONGEST = 25

# Where a step begins: `raw` is the file as read, `log` is filtered, normalized and logarithmized,
# `done` is the prepared file.
STEPS = {
    "qc": ("raw", 'qc a mt="MT-"'),
    "filter": ("raw", "filter a min_genes=200"),
    "filter_genes": ("raw", "filter_genes a min_cells=3"),
    "hvg seurat": ("log", "hvg a n=2000"),
    "hvg cell_ranger": ("log", "hvg a n=2000 flavor=cell_ranger"),
    "hvg seurat_v3": ("raw", "hvg a n=2000 flavor=seurat_v3"),
    "hvg pearson_residuals": ("raw", "hvg a n=2000 flavor=pearson_residuals"),
    "pearson_residuals": ("raw", "hvg a n=2000 flavor=seurat_v3; pearson_residuals a; pca a"),
    "scrublet": ("raw", "scrublet a"),
    "downsample": ("raw", "downsample a total_counts=100000000; qc a"),
    "pca": ("log", "hvg a n=2000; pca a n=50"),
    "scale": ("log", "hvg a n=2000; scale a max_value=10; pca a"),
    "regress": ("log", "hvg a n=2000; regress a [total_counts]; pca a"),
    "combat": ("log", "hvg a n=2000; combat a batch=batch; pca a"),
    "score": ("log", 'score a ["MT-1", "MT-3"]'),
    "neighbors": ("done", "neighbors a k=30"),
    "bbknn": ("done", "bbknn a by=batch"),
    "harmony": ("done", "harmony a by=batch"),
    "umap": ("done", "umap a"),
    "leiden": ("done", "leiden a res=[0.3, 1, 2] key=other"),
    "louvain": ("done", "louvain a res=1"),
    "tsne": ("done", "tsne a"),
    "draw_graph": ("done", "draw_graph a"),
    "diffmap": ("done", "diffmap a"),
    "dpt": ("done", "diffmap a; dpt a root=0"),
    "paga": ("done", "paga a by=leiden"),
    "density": ("done", "density a basis=umap"),
    "dendrogram": ("done", "dendrogram a by=leiden"),
    "silhouette": ("done", "silhouette a by=leiden"),
    "lisi": ("done", "lisi a by=batch"),
    "autocorrelation": ("done", "compute (autocorrelation a)"),
    "markers wilcoxon": ("done", "markers a by=leiden"),
    "markers t-test": ("done", 'markers a by=leiden method="t-test"'),
    "markers logreg": ("done", "markers a by=leiden method=logreg"),
    "aggregate": ("done", "s = aggregate(a, by=[leiden])"),
    "heatmap": ("done", 'heatmap a ["MT-1", "MT-3"] by=leiden out="{out}/heatmap.png"'),
    "dotplot": ("done", 'dotplot a ["MT-1", "MT-3"] by=leiden out="{out}/dotplot.png"'),
    "violin": ("done", 'violin a [`MT-1`, `MT-3`] by=leiden out="{out}/violin.png"'),
    "plot": ("done", 'plot a color=[leiden, `MT-1`] out="{out}/plot.png"'),
    "write": ("log", 'write a "{out}/written.h5ad"'),
    "write copied": ("done", 'write a "{out}/copied.h5ad"'),
    "concat": ("raw", 'b = read "{raw}"; c = concat([a, b]); qc c'),
    "export": ("done", 'export a.obs "{out}/obs.csv"'),
    "read csv": ("csv", 'c = read "{out}/matrix.csv"; qc c'),
    "read mtx": ("mtx", 'c = read "{out}/matrix.mtx"; qc c'),
}

BEGIN = {
    "raw": 'a = read "{raw}"',
    "csv": 'a = read "{raw}"',
    "mtx": 'a = read "{raw}"',
    "log": 'a = read "{raw}"; qc a; normalize a; log1p a',
    "done": 'a = read "{out}/done.h5ad"',
}


class Prompt:
    """sca in a terminal of its own."""

    def __init__(self, sca):
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm", COLUMNS="100", LINES="30", SCA_GRAPHICS="none")
            os.execv(sca, [sca])
        self.text = ""
        self.until_prompt()

    def read(self, seconds):
        """What is written within so many seconds; None at the end of the program."""
        if not select.select([self.terminal], [], [], max(seconds, 0))[0]:
            return ""
        try:
            return os.read(self.terminal, 1 << 16).decode(errors="replace")
        except OSError:
            return None

    def until_prompt(self, seconds=600.0):
        """Waits for the prompt; whether it came in time."""
        end = time.perf_counter() + seconds
        while not re.search(r"sca( \[[^\]]*\])?> *$", plain(self.text)):
            left = end - time.perf_counter()
            if left <= 0:
                return False
            more = self.read(left)
            if more is None:
                raise SystemExit(f"the program has ended after:\n{plain(self.text)[-2000:]}")
            self.text += more
        return True

    def send(self, line):
        self.read(0.05)
        self.text = ""
        os.write(self.terminal, line.encode())
        # The line as it is typed looks like a prompt with something behind it.
        self.settle(line)
        self.text = ""
        os.write(self.terminal, b"\r")

    def settle(self, line):
        end = time.perf_counter() + 2
        while time.perf_counter() < end and line[-12:] not in plain(self.text):
            self.text += self.read(0.1) or ""
        time.sleep(0.05)
        self.text += self.read(0.01) or ""

    def run(self, line):
        """Seconds until the prompt is back, and what was said."""
        self.send(line)
        began = time.perf_counter()
        self.until_prompt()
        return time.perf_counter() - began, plain(self.text)

    def interrupt(self, line, after):
        """Seconds from Ctrl-C to the prompt; None if the line was done before."""
        self.send(line)
        began = time.perf_counter()
        if self.until_prompt(after):
            return None, plain(self.text)
        self.text = ""
        pressed = time.perf_counter()
        os.kill(self.process, signal.SIGINT)
        if not self.until_prompt(120):
            raise SystemExit(f"no answer to Ctrl-C in {line}")
        return time.perf_counter() - pressed, plain(self.text)

    def close(self):
        os.write(self.terminal, b"exit\r")
        end = time.perf_counter() + 20
        while time.perf_counter() < end and self.read(0.2) is not None:
            pass
        os.close(self.terminal)
        os.waitpid(self.process, 0)


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b.|[\r\x07]", "", text)


def prepare(sca, raw, out):
    out.mkdir(parents=True, exist_ok=True)
    done = out / "done.h5ad"
    if not done.exists():
        script = f'''a = read "{raw}"
qc a mt="MT-"
filter_genes a min_cells=3
leiden a res=1
umap a
write a "{done}"'''
        subprocess.run([sca, "-c", script], check=True, stdout=subprocess.DEVNULL)


def texts(kind, raw, out):
    """Some cells of RAW as text."""
    path = out / f"matrix.{kind}"
    if path.exists():
        return
    import anndata
    import pandas
    import scipy.io

    x = anndata.read_h5ad(raw)[:4000].copy()
    if kind == "csv":
        dense = pandas.DataFrame(x.X.toarray().astype(int), x.obs_names, x.var_names)
        dense.to_csv(path)
    else:
        scipy.io.mmwrite(path, x.X.T.tocoo().astype(int))


def measure(sca, name, places):
    begin, line = STEPS[name]
    line = line.format(**places)
    prompt = Prompt(sca)
    prompt.run("set lazy=false")
    for statement in BEGIN[begin].format(**places).split("; "):
        _, said = prompt.run(statement)
    *first, last = line.split("; ")
    for statement in first:
        seconds, said = prompt.run(statement)
    # The first moments of a step that has not been timed yet, then those the time tells.
    taken, answers = [], []
    moment = 0.05
    while moment < LONGEST:
        answer, said = prompt.interrupt(last, moment)
        if answer is None:
            if re.search(r"^ × ", said, re.M):
                print(f"| {name} | {said.strip()[-300:]}", flush=True)
                prompt.close()
                return
            break
        if "stopped" not in said:
            break
        taken.append(moment)
        answers.append(answer)
        moment *= 1.4
    prompt.close()
    worst = max(answers, default=0)
    at = taken[answers.index(worst)] if answers else 0
    mark = "" if worst <= LIMIT else " **"
    print(
        f"| {name} | {moment:.1f} | {len(answers)} | {1000 * worst:.0f}{mark} | {at:.2f} |",
        flush=True,
    )


def main():
    sca, raw, out = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    prepare(sca, raw, out)
    print("| step | seconds at most | presses | slowest answer, ms | pressed at, s |")
    print("|---|---|---|---|---|")
    for name in sys.argv[4:] or STEPS:
        if STEPS[name][0] in ("csv", "mtx"):
            texts(STEPS[name][0], raw, out)
        measure(sca, name, {"raw": raw, "out": out})


main()
