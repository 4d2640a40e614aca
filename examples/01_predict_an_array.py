"""Find faults in an array: two beds-full blocks, one dropped against the other."""

import numpy as np

import odfault

rng = np.random.default_rng(7)
beds = np.convolve(rng.standard_normal(400), [0.3, 1.0, 0.3, -0.8, -0.4], "same")
section = np.stack([beds[40:296] if trace < 64 else beds[52:308] for trace in range(128)])

probability = odfault.predict(section, model="fault2d")

trace = int(probability.mean(axis=1).argmax())
print(f"the fault is at trace {trace} (drawn between 63 and 64), probability {probability[trace].mean():.2f}")
