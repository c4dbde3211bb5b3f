"""The matplotlib backend of recorded snippets: it draws with Agg, and `plt.show()` leaves the figures to the runner."""

from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

__all__ = ["FigureCanvas", "show"]


def show(*_args: object, **_options: object) -> None:
    """Do nothing: the runner takes every figure that a cell leaves open."""
