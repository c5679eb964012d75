"""Branches of Parallel and items of an inline Map run at the same time: threads, their number, their end.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import JobPool

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import interpreter_threads

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

EXEC = f"{moto_patches.PARSER}.asl.component.state.exec"
BRANCHES = f"{EXEC}.state_parallel"
ITERATION = f"{EXEC}.state_map.iteration"
MOST_ITEMS_AT_ONCE = 40
"""An inline Map runs at most so many items at the same time."""


def eval_items(self: Any, env: Any) -> None:
    """Run all items of an inline Map and put the list of their outputs on the stack."""
    asked = env.stack.pop()
    pool = JobPool(job_program=self._get_iteration_program(), job_inputs=asked.input_items)
    most = min(asked.max_concurrency or MOST_ITEMS_AT_ONCE, MOST_ITEMS_AT_ONCE)
    for _ in range(min(len(asked.input_items), most)):
        self._launch_worker(env=env, eval_input=asked, job_pool=pool)
    pool.await_jobs()
    failed = pool.get_worker_exception()
    if failed is not None:
        raise failed
    env.stack.append([job.job_output for job in pool.get_closed_jobs()])


def eval_pool(self: Any, job: Any | None, worker_frame: Any) -> None:
    """Run items one after the other until there are no more, or one fails.

    The frame is closed before the last job, so that the event after the Map follows the item's.
    """
    while job is not None:
        frame = worker_frame.open_inner_frame()
        self._eval_job(env=frame, job=job)
        worker_frame.close_frame(frame)
        failed = isinstance(job.job_output, Exception) or self.stopped()
        following = None if failed else self._job_pool.next_job()
        if following is None:
            if not failed:
                worker_frame.event_history_context.source_event_id = frame.event_history_context.last_published_event_id
            self._env.close_frame(worker_frame)
        self._job_pool.close_job(job)
        if following is None:
            return
        job = following
    self._env.close_frame(worker_frame)


def apply(cloud: LocalCloudServer) -> None:
    """Put the replacements in place."""

    def launch_worker(self: Any, env: Any, eval_input: Any, job_pool: Any) -> Any:
        worker = self._create_worker(env=env, eval_input=eval_input, job_pool=job_pool)
        interpreter_threads.start(cloud, "map", worker.eval)
        return worker

    def await_jobs(self: Any) -> None:
        if not self._is_terminated():
            interpreter_threads.wait(cloud, self._termination_event)

    def start_branch(self: Any) -> None:
        def run() -> None:
            self._program.eval(self.env)
            self._branch_worker_comm.on_terminated(env=self.env)

        interpreter_threads.start(cloud, "branch", run)

    def await_branches(self: Any) -> None:
        interpreter_threads.wait(cloud, self._termination_event)

    inline = f"{ITERATION}.inline_iteration_component:InlineIterationComponent"
    moto_patches.replace(inline, "_launch_worker", launch_worker)
    moto_patches.replace(inline, "_eval_body", eval_items)
    moto_patches.replace(f"{ITERATION}.iteration_worker:IterationWorker", "_eval_pool", eval_pool)
    moto_patches.replace(f"{ITERATION}.job:JobPool", "await_jobs", await_jobs)
    moto_patches.replace(f"{BRANCHES}.branch_worker:BranchWorker", "start", start_branch)
    moto_patches.replace(f"{BRANCHES}.branches_decl:BranchWorkerPool", "wait", await_branches)
