"""What a seed promises, and what it does not."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

images = load_digits().data[:256].astype("float32")  # (256, 64)


# %% Seed everything, twice
def seeded_draw(shape, before=0):
    torch.manual_seed(7)
    torch.rand(before)  # somebody else's numbers
    return torch.randn(shape).numpy()


drawn = seeded_draw(6)
repeated = bool((seeded_draw(6) == drawn).all())
print("drawn:", drawn[:3].round(3), "- again:", repeated)

# %% Let somebody draw first
shifted = seeded_draw(6, before=1)
disturbed = bool((shifted != drawn).any())
print("drawn:", shifted[:3].round(3), "- disturbed:", disturbed)
by_calls = bool((seeded_draw(6, before=5) == shifted).all())
print("no matter how many somebody drew:", by_calls)

# %% Draw three and three
torch.manual_seed(7)
halves = torch.cat([torch.randn(3), torch.randn(3)]).numpy()
one_stream = bool((halves == drawn).all())
print("three and three are six:", one_stream)

# %% Own a generator
own = torch.Generator().manual_seed(7)
quiet = torch.randn(3, generator=own).numpy()
state = own.get_state()  # belongs into a checkpoint
torch.manual_seed(8)  # nobody's business
expected = torch.randn(3, generator=own).numpy()
own.set_state(state)
resumed = torch.randn(3, generator=own).numpy()
undisturbed = bool((resumed == expected).all())
print("resumed:", resumed.round(3), "- as expected:", undisturbed)

# %% Give each worker its own
seeds = np.random.SeedSequence(7).generate_state(2)
workers = [torch.Generator().manual_seed(int(seed)) for seed in seeds]
streams = [torch.randn(10_000, generator=g).numpy() for g in workers]
correlation = np.corrcoef(streams)[0, 1]
print("unrelated:", abs(correlation) < 0.03)

# %% Compare what is drawn, not the numbers
kernel = nn.init.xavier_uniform_(torch.empty(512, 512)).numpy()
glorot = np.quantile(kernel / kernel.max(), [0.1, 0.25, 0.5, 0.75, 0.9])
print("Glorot, quantiles:", glorot.round(1) + 0.0)
kernel = nn.init.kaiming_normal_(torch.empty(512, 512)).numpy()
spread = kernel.std() / np.sqrt(2 / 512)
farthest = abs(kernel).max() / kernel.std()
print(f"He, spread {spread:.2f}, farthest {farthest:.1f} spreads away")
ones = torch.ones(512, 512)
kept = (nn.functional.dropout(ones, 0.2).numpy() > 0).mean()
print(f"dropout keeps {kept:.1f}")

# %% Feed both the same numbers
rng = np.random.default_rng(7)
order = rng.permutation(256)
mask = rng.random((256, 64)) < 0.8
noise = rng.normal(0, 1, (256, 64))
batch = torch.tensor(images)[torch.tensor(order)]
dropped = torch.where(torch.tensor(mask), batch / 0.8, 0)
fed = (dropped + torch.tensor(noise)).float().numpy()
print("fed:", fed[0, :4].round(3))
