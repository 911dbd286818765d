"""The link between sca and a Dask cluster: run by sca as `python -c`, with frames on its pipes.

Needs the package `distributed`, here and on the workers, and nothing else. Functions of this file
are sent to the workers by value. Each Dask worker has one `sca worker` as a child, which stays as
long as the Dask worker does.

Frames are a length (u64), a kind (u8) and a body. From sca: a stage is its id (u64) and what a worker
plans; a map is a task (u64), a stage (u64), a line (u64) and a range; a stop has no body; a hello asks
who is there. To sca: an answer is the task and the frame of the worker.
"""

import struct
import subprocess
import sys
import threading

HELLO, STAGE, PLANNED, MAP, FOUND, MERGE, ELSEWHERE, REFUSED, STOP, STOPPED, LOST = range(11)
# Between workers and this link only: the worker has not seen the stage.
UNKNOWN = 255


def resident(program, threads):
    """On a Dask worker: its child. Started where there is none, or a dead one."""
    from distributed import get_worker

    worker = get_worker()
    lock = worker.__dict__.setdefault("_sca_lock", threading.Lock())
    with lock:
        child = getattr(worker, "_sca_child", None)
        if child is None or child.poll() is not None:
            n = threads or worker.state.nthreads
            child = subprocess.Popen(
                [program, "worker", "--threads", str(n)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            child.stage = None
            child.turn = threading.Lock()
            child.writing = threading.Lock()
            worker._sca_child = child
        return child


def answer(program, threads, stage_id, stage, request):
    """On a Dask worker: has the child map a range. Gives the kind and the body of its answer.

    The stage is None where this worker is believed to have it: it goes to each worker once.
    """
    from distributed import get_worker

    worker = get_worker()
    if stage is not None:
        worker._sca_stage = stage_id, stage
    known, stage = getattr(worker, "_sca_stage", (None, None))
    if known != stage_id:
        return UNKNOWN, b""

    def send(child, kind, body):
        with child.writing:
            child.stdin.write(struct.pack("<QB", len(body), kind))
            child.stdin.write(body)
            child.stdin.flush()

    def receive(child):
        head = child.stdout.read(9)
        if len(head) < 9:
            raise EOFError("sca worker ended with status %s" % child.wait())
        length, kind = struct.unpack("<QB", head)
        body = child.stdout.read(length)
        if len(body) < length:
            raise EOFError("sca worker ended with status %s" % child.wait())
        return kind, body

    try:
        child = resident(program, threads)
    except OSError as error:
        return REFUSED, ("%s: %s" % (program, error)).encode()
    with child.turn:
        try:
            if child.stage is None:
                kind, body = receive(child)
                if kind != HELLO:
                    return LOST, b"sca worker does not answer"
                child.stage = 0
            if child.stage != stage_id:
                send(child, STAGE, stage)
                kind, body = receive(child)
                child.stage = stage_id if kind == PLANNED else 0
                if kind != PLANNED:
                    return kind, body
            send(child, MAP, request)
            kind, body = receive(child)
            if kind == STOPPED:
                child.stage = 0
            return kind, body
        except (OSError, EOFError) as error:
            child.kill()
            return LOST, str(error).encode()


def stop_child(dask_worker=None):
    """On a Dask worker, beside its tasks: asks the child to stop."""
    child = getattr(dask_worker, "_sca_child", None)
    if child is not None and child.poll() is None:
        with child.writing:
            child.stdin.write(struct.pack("<QB", 0, STOP))
            child.stdin.flush()
        # It forgets that it was stopped when it gets a stage again.
        child.stage = child.stage and 0


def end_child(dask_worker=None):
    """On a Dask worker: ends the child; its input ends, and so does it."""
    child = getattr(dask_worker, "_sca_child", None)
    if child is not None:
        dask_worker._sca_child = None
        child.kill()
        child.wait()


class Link:
    def __init__(self, address, program, threads, wanted):
        from distributed import Client

        options = {"timeout": 10, "set_as_default": False, "direct_to_workers": True}
        if address.endswith(".json"):
            self.client = Client(scheduler_file=address, **options)
        else:
            self.client = Client(address, **options)
        if wanted:
            self.client.wait_for_workers(wanted, timeout=120)
        self.program = program
        self.threads = threads
        self.writing = threading.Lock()
        # The stage, its bytes, and the addresses of the workers that were sent it.
        self.stage_id, self.bytes, self.given = None, b"", set()
        self.tasks = {}
        # Workers that had a task when all were stopped, and have not answered since: they hang, perhaps.
        self.silent = set()

    def send(self, kind, body):
        with self.writing:
            sys.stdout.buffer.write(struct.pack("<QB", len(body), kind))
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()

    def workers(self):
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    def stage(self, body):
        (stage_id,) = struct.unpack("<Q", body[:8])
        self.stage_id, self.bytes, self.given = stage_id, body[8:], set()

    def map(self, body, workers=None):
        """Has a range mapped, by the worker of its line where there is one."""
        task, stage_id, line = struct.unpack("<QQQ", body[:24])
        if workers is None:
            workers = self.workers()
            workers = [worker for worker in workers if worker not in self.silent] or workers
        place, stage, worker = {}, self.bytes, None
        if workers:
            worker = workers[line % len(workers)]
            place = {"workers": [worker], "allow_other_workers": True}
            if worker in self.given:
                stage = None
            self.given.add(worker)
        # The stage travels with the task. To scatter it would wait for whichever worker Dask picks, and one that
        # hangs never takes it.
        future = self.client.submit(
            answer, self.program, self.threads, stage_id, stage, body[24:], pure=False, **place
        )
        self.tasks[task] = future, worker
        future.add_done_callback(lambda future: self.done(task, future, body))

    def done(self, task, future, request):
        if self.tasks.pop(task, None) is None:
            return
        if future.cancelled():
            # Not by us: those that we cancel are no tasks any more.
            kind, body = LOST, b"the scheduler is gone"
        else:
            try:
                kind, body = future.result()
                if kind == UNKNOWN:
                    # Another worker took it.
                    self.map(request, workers=[])
                    return
            except Exception as error:
                kind, body = LOST, ("%s: %s" % (type(error).__name__, error)).encode()
        self.send(FOUND, struct.pack("<QB", task, kind) + body)

    def stop(self):
        tasks, self.tasks = self.tasks, {}

        def tell(worker):
            # Nobody waits for one that hangs.
            self.client.run(stop_child, workers=[worker], on_error="ignore")
            self.silent.discard(worker)

        self.silent.update(worker for _, worker in tasks.values())
        for worker in self.workers():
            threading.Thread(target=tell, args=[worker], daemon=True).start()
        for future, _ in tasks.values():
            future.cancel()
        for task in tasks:
            self.send(FOUND, struct.pack("<QB", task, STOPPED))

    def hello(self):
        self.send(HELLO, "\n".join(self.workers()).encode())

    def end(self):
        ending = threading.Thread(
            target=lambda: self.client.run(end_child, on_error="ignore"), daemon=True
        )
        ending.start()
        ending.join(2)


def main():
    import signal

    # Ctrl-C is for sca, which says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    address, program, threads, wanted = sys.argv[1:5]
    try:
        link = Link(address, program, int(threads), int(wanted))
        link.hello()
    except Exception as error:
        text = ("%s: %s" % (type(error).__name__, error)).splitlines() or [""]
        body = text[0].encode()
        sys.stdout.buffer.write(struct.pack("<QB", len(body), REFUSED) + body)
        sys.stdout.buffer.flush()
        return
    read = sys.stdin.buffer.read
    while True:
        head = read(9)
        if len(head) < 9:
            break
        length, kind = struct.unpack("<QB", head)
        body = read(length)
        if kind == STAGE:
            link.stage(body)
        elif kind == MAP:
            try:
                link.map(body)
            except Exception as error:
                text = "%s: %s" % (type(error).__name__, error)
                link.send(FOUND, body[:8] + bytes([LOST]) + text.encode())
        elif kind == STOP:
            link.stop()
        elif kind == HELLO:
            link.hello()
    link.end()


main()
