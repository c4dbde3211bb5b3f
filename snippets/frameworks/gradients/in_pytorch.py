"""Whose gradient, of what, and what it is where there is none."""

# %% Load
import numpy as np
import torch
from sklearn.datasets import load_diabetes

data = load_diabetes()
matrix = np.column_stack([data.data * 20, np.ones(442)])  # (442, 11)
features = torch.tensor(matrix, dtype=torch.float32)
targets = torch.tensor(data.target / 100, dtype=torch.float32)
start = np.random.default_rng(0).normal(0, 0.1, 11)


def losses_of(weights):
    return (features @ weights - targets).square()  # (442,)


# %% Ask about what nobody watched
errors = []
constant = torch.tensor(start, dtype=torch.float32)
watched = torch.tensor(start, dtype=torch.float32, requires_grad=True)
bystander = torch.zeros(11, requires_grad=True)
for used, asked in (constant, constant), (watched, bystander):
    try:
        torch.autograd.grad(losses_of(used).mean(), asked)
        errors.append(False)
    except RuntimeError as error:
        errors.append(True)
        print("RuntimeError:", str(error).split(". ")[0])


# %% Ask for a gradient
def mean_loss(weights):
    return losses_of(weights).mean()


weights = constant  # torch.func watches what you pass
gradient = torch.func.grad(mean_loss)(weights).numpy()  # (11,)
print("gradient:", gradient[:4].round(4))


# %% Hold a part still
def trusting_loss(weights, hold):
    losses = losses_of(weights)
    trust = 1 / (1 + losses)  # little, where the loss is large
    return ((trust.detach() if hold else trust) * losses).mean()


held = torch.func.grad(trusting_loss)(weights, hold=True).numpy()
moving = torch.func.grad(trusting_loss)(weights, hold=False).numpy()
print("trust held still:", held[:4].round(4))
print("trust moves, too:", moving[:4].round(4))

# %% One gradient for each patient
jacobian = torch.func.jacrev(losses_of)(weights).numpy()  # (442, 11)
hardest = np.linalg.norm(jacobian, axis=1).argmax()
print("patient", hardest, "pulls hardest")

# %% All second derivatives
hessian = torch.func.jacrev(torch.func.grad(mean_loss))(weights).numpy()
step = np.linalg.solve(hessian, gradient)  # Newton's
solved = start - step
exact, *_ = np.linalg.lstsq(matrix, data.target / 100)
missed = abs(solved - exact).max()
print("one step solves it:", missed < 1e-3)
