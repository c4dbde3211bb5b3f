"""What the stopwatch must know of a framework: one adapter each, used inside a worker alone.

Both offer the same: settings before the first operation, a callable in each mode, arguments in another type,
a way to wait for the device, the memory it held, and values as NumPy.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

Call = Callable[..., Any]


class NoDevice(Exception):
    """The framework sees no such device."""


class Engine(Protocol):
    """A framework, as the stopwatch sees it."""

    def settle(self, device: str, threads: int, autocast: bool) -> None:
        """Take device, threads and precision for the whole process, before anything is computed.

        Float32 is float32: the shortcut TensorFloat-32 is switched off in both.

        Args:
            device: `cpu`, `cuda`, `rocm` or `mps`.
            threads: for one operation; operations run one after the other.
            autocast: whether layers compute in bfloat16.

        Raises:
            NoDevice: where the framework sees none of that kind.
        """

    def wrap(self, function: Call, mode: str) -> Call:
        """The function in that mode, with nothing left of earlier ones."""

    def cast(self, value: Any) -> Any:
        """A floating-point tensor in bfloat16; anything else as it is."""

    def synchronize(self) -> None:
        """Return once the device has done all it was given."""

    def to_numpy(self, value: Any) -> Any:
        """A tensor on the host as a NumPy array, which also waits for it; None for what is no tensor."""

    def reset_peak(self) -> None:
        """Begin to watch the memory on the device anew."""

    def peak_mib(self) -> float | None:
        """The most memory on the device since then, in MiB; None on the CPU."""


class PyTorch:
    """PyTorch: eager, or compiled by `torch.compile` for the shapes it is given."""

    def __init__(self) -> None:
        self._device, self._autocast = "cpu", False

    def settle(self, device: str, threads: int, autocast: bool) -> None:
        """See `Engine`; the device becomes PyTorch's default one, so snippets need not name it."""
        import torch

        self._device, self._autocast = "cuda" if device == "rocm" else device, autocast
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.set_float32_matmul_precision("highest")
        if self._device == "cpu":
            return
        backend = {"cuda": torch.cuda, "mps": torch.backends.mps}[self._device]
        if not backend.is_available() or (device == "rocm") != bool(torch.version.hip):
            raise NoDevice(f"torch {torch.__version__} sees no {device} device")
        torch.backends.cudnn.allow_tf32 = False
        torch.set_default_device(self._device)

    def wrap(self, function: Call, mode: str) -> Call:
        """See `Engine`."""
        import torch

        if mode == "torch.compile":
            torch.compiler.reset()
            function = torch.compile(function, dynamic=False)
        if not self._autocast:
            return function
        device, run = self._device, function

        def cast(*arguments: Any) -> Any:
            with torch.autocast(device, torch.bfloat16):
                return run(*arguments)

        return cast

    def cast(self, value: Any) -> Any:
        """See `Engine`."""
        import torch

        floating = isinstance(value, torch.Tensor) and value.is_floating_point()
        return value.to(torch.bfloat16) if floating else value

    def synchronize(self) -> None:
        """See `Engine`; PyTorch's CPU needs no waiting."""
        import torch

        if self._device == "cuda":
            torch.cuda.synchronize()
        elif self._device == "mps":
            torch.mps.synchronize()

    def to_numpy(self, value: Any) -> Any:
        """See `Engine`."""
        import torch

        return value.detach().float().numpy(force=True) if isinstance(value, torch.Tensor) else None

    def reset_peak(self) -> None:
        """See `Engine`."""
        import torch

        if self._device == "cuda":
            torch.cuda.reset_peak_memory_stats()

    def peak_mib(self) -> float | None:
        """See `Engine`; MPS tells only what it holds now."""
        import torch

        if self._device == "cuda":
            return float(torch.cuda.max_memory_allocated() / 2**20)
        return float(torch.mps.driver_allocated_memory() / 2**20) if self._device == "mps" else None


class TensorFlow:
    """TensorFlow: eager, as a graph by `tf.function`, or that compiled by XLA."""

    def __init__(self) -> None:
        self._gpu = False

    def settle(self, device: str, threads: int, autocast: bool) -> None:
        """See `Engine`; TensorFlow takes the GPU by itself where it sees one."""
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_tensor_float_32_execution(False)
        gpus = tf.config.list_physical_devices("GPU")
        self._gpu = device != "cpu"
        if self._gpu and not gpus:
            raise NoDevice(f"tensorflow {tf.__version__} sees no {device} device")
        if not self._gpu:
            tf.config.set_visible_devices([], "GPU")
        for gpu in gpus:  # or it takes all memory at once, and its peak says nothing
            with contextlib.suppress(RuntimeError, ValueError):
                tf.config.experimental.set_memory_growth(gpu, True)
        if autocast:
            import keras

            keras.mixed_precision.set_global_policy("mixed_bfloat16")

    def wrap(self, function: Call, mode: str) -> Call:
        """See `Engine`."""
        import tensorflow as tf

        if mode == "eager":
            return function
        return tf.function(function, jit_compile=True if mode == "xla" else None)  # type: ignore[no-any-return]

    def cast(self, value: Any) -> Any:
        """See `Engine`."""
        import tensorflow as tf

        return tf.cast(value, tf.bfloat16) if tf.is_tensor(value) and value.dtype.is_floating else value

    def synchronize(self) -> None:
        """See `Engine`; on the CPU TensorFlow returns when it has done, and asking costs a quarter of a millisecond."""
        import tensorflow as tf

        if self._gpu:
            tf.test.experimental.sync_devices()

    def to_numpy(self, value: Any) -> Any:
        """See `Engine`."""
        import tensorflow as tf

        if not tf.is_tensor(value):
            return None
        return tf.cast(value, tf.float32).numpy() if value.dtype.is_floating else value.numpy()

    def reset_peak(self) -> None:
        """See `Engine`."""
        import tensorflow as tf

        if self._gpu:
            tf.config.experimental.reset_memory_stats("GPU:0")

    def peak_mib(self) -> float | None:
        """See `Engine`."""
        import tensorflow as tf

        return float(tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20) if self._gpu else None


ENGINES: Mapping[str, Callable[[], Engine]] = {"pytorch": PyTorch, "tensorflow": TensorFlow}
"""Framework key -> its adapter."""

OWN_MODES: Mapping[str, tuple[str, ...]] = {
    "pytorch": ("eager", "torch.compile"),
    "tensorflow": ("eager", "tf.function", "xla"),
}
"""Framework key -> the modes it has."""
