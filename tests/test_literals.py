"""Which names hold nothing computed: none is missed that the issue names, and no computed one is accused."""

from __future__ import annotations

from textwrap import dedent

import pytest

from snippets_lib.literals import constants

CONSTANT = {
    "a literal": "loss = 0.5",
    "negative": "loss = -0.5",
    "annotated": "loss: float = 0.5",
    "an alias": "best = 0.5\nloss = best",
    "through float": "loss = float('0.5')",
    "through round": "best = 0.51\nloss = round(best, 1)",
    "an array": "import numpy as np\nloss = np.array([0.5, 0.25])",
    "an array with a dtype": "import numpy as np\nloss = np.array([0.5], dtype=np.float32)",
    "an array converted": "import numpy as np\nloss = np.array([0.5]).astype('float32').reshape(1, 1)",
    "NumPy by another name": "import numpy\nloss = numpy.zeros(3)",
    "NumPy by a name of their own": "import numpy as N\nloss = N.zeros(3)",
    "a maker by itself": "from numpy import array as make\nloss = make([0.5])",
    "arithmetic": "scale = 2\nloss = (scale * 0.25 + 1) ** 2",
    "unpacked": "loss, step = 0.5, compute()",
    "overwritten last": "loss = compute()\nloss = 0.5",
    "printed": "import numpy as np\nloss = np.array([0.5])\nprint(loss.round(3), f'{loss}')",
    "handed to NumPy": "import numpy as np\nloss = np.array([0.5])\nassert np.allclose(loss, compute())",
    "a number handed on": "loss = 0.5\nshow(loss)",
    "counted over a literal": "loss = 0\nfor step in range(3):\n    loss += 1",
    "in a walrus": "print(loss := 0.5)",
    "in a with": "with record() as tape:\n    loss = 0.5",
    "in a branch that is no choice": "if True:\n    loss = 0.5",
    "under a guard": "if __name__ == '__main__':\n    loss = 0.5",
}

COMPUTED = {
    "a call": "loss = compute()",
    "a function's result": "def step():\n    return 0.5\n\nloss = step()",
    "a list filled by append": "loss = []\nfor batch in data:\n    loss.append(step(batch))",
    "an array of a filled list": "all = []\nfor batch in data:\n    all.append(step(batch))\nloss = np.array(all)",
    "a list that starts with something": "loss = [1.0]\nloss.append(step())",
    "a list handed to a function": "loss = [0.0]\ntrain(model, loss)",
    "a dictionary filled": "table = {'a': 0}\ntable['a'] = step()\nloss = table['a']",
    "an array filled": "import numpy as np\nloss = np.zeros(3)\nfor i in range(3):\n    loss[i] = step(i)",
    "an array filled by out=": "import numpy as np\nloss = np.zeros(3)\nnp.matmul(a, b, out=loss)",
    "an array filled by copyto": "import numpy as np\nloss = np.zeros(3)\nnp.copyto(loss, step())",
    "an array shared with a tensor": "import numpy as np\nloss = np.zeros(3)\nx = torch.from_numpy(loss)\nx += 1",
    "summed": "loss = 0.0\nfor batch in data:\n    loss += step(batch)",
    "added to a list": "loss = [0.0]\nloss += [step()]",
    "a comprehension": "loss = [step(i) for i in range(3)]",
    "counted until converged": "loss = 0\nwhile error() > 0.1:\n    loss += 1",
    "counted until a break": "loss = 0\nfor step in range(9):\n    loss += 1\n    if error() < 0.1:\n        break",
    "a loop left early": "for loss in range(9):\n    if error() < 0.1:\n        break",
    "chosen in a branch": "loss = 0\nif error() > 0.1:\n    loss = 1",
    "chosen by an exception": "try:\n    risky()\n    loss = compute()\nexcept ValueError:\n    loss = 0.5",
    "chosen by match": "match compute():\n    case 1:\n        loss = 0.5",
    "chosen in an expression": "loss = 'yes' if compute() else 'no'",
    "set by a function": "loss = 0.0\n\ndef step():\n    global loss\n    loss = compute()\n\nstep()",
    "filled in a function": "loss = [0.0]\n\ndef step():\n    loss[0] = compute()\n\nstep()",
    "a conversion of a call": "loss = float(compute())",
    "an attribute of an object": "loss = model.loss",
    "opened": "with open('x') as loss:\n    pass",
    "never bound": "print(loss)",
    "filled where nobody can see": "caught = []\ndebugger('caught.append(hidden)')\nloss = caught[0].numpy()",
}


@pytest.mark.parametrize("source", CONSTANT.values(), ids=CONSTANT)
def test_a_constant_is_named(source: str) -> None:
    assert "loss" in constants(dedent(source))


@pytest.mark.parametrize("source", COMPUTED.values(), ids=COMPUTED)
def test_what_is_computed_is_not_named(source: str) -> None:
    assert "loss" not in constants(dedent(source))


def test_the_line_is_the_one_that_bound_it_last() -> None:
    assert constants("loss = compute()\n\nloss = 0.5\n")["loss"] == 3
