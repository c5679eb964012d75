"""Tasks that wait for their token or for a job: tokens are known while the task lasts, and jobs are not polled blindly.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import interpreter_threads

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

CALLBACK = f"{moto_patches.TASK}.service.state_task_service_callback:StateTaskServiceCallback"
POLL_SECONDS = 1.0


def apply(cloud: LocalCloudServer) -> None:
    """Put the replacements in place."""

    def eval_body(self: Any, env: Any) -> None:
        if self._is_integration_pattern():
            self._assert_integration_pattern_is_supported()
        super(moto_patches.resolve(CALLBACK), self)._eval_body(env)

    def eval_execution(self: Any, env: Any) -> None:
        """One attempt. Each has a token of its own, as long as it lasts."""
        work = super(moto_patches.resolve(CALLBACK), self)._eval_execution
        if not self._is_integration_pattern():
            work(env)
            return
        token = env.states.context_object.update_task_token()
        env.callback_pool_manager.add(token)
        interpreter_threads.when_it_ends(env, lambda: env.callback_pool_manager.forget(token))
        try:
            work(env)
        finally:
            env.callback_pool_manager.forget(token)

    def eval_sync(
        self: Any,
        env: Any,
        sync_resolver: Any,
        timeout_seconds: Any,
        callback_endpoint: Any,
        heartbeat_endpoint: Any,
    ) -> Any:
        """The job's result, or what its token came back with, whichever is first."""
        came: list[Any] = []
        wake = threading.Event()
        interpreter_threads.when_it_ends(env, wake.set)
        if callback_endpoint is not None:

            def wait_for_token() -> None:
                came.append(
                    self._eval_wait_for_task_token(
                        env=env,
                        timeout_seconds=timeout_seconds,
                        callback_endpoint=callback_endpoint,
                        heartbeat_endpoint=heartbeat_endpoint,
                    )
                )
                wake.set()

            interpreter_threads.start(cloud, "token", wait_for_token)
        told = getattr(sync_resolver, "when_done", None)
        if told:
            told(wake.set)
        while env.is_running():
            result = sync_resolver()
            if came or result:
                return came[0] if came else result
            if told:
                interpreter_threads.wait(cloud, wake)
            else:
                cloud.clock.wait(wake, POLL_SECONDS)
            wake.clear()
        return None

    moto_patches.replace(CALLBACK, "_eval_body", eval_body)
    moto_patches.replace(CALLBACK, "_eval_execution", eval_execution)
    moto_patches.replace(CALLBACK, "_eval_sync", eval_sync)
