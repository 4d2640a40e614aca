"""Kernels of imaging, one thread each: wavelets, multiples, coherent noise."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32]
SMILE_COLUMNS = ("x", "y", "z", "radius", "squeeze", "loudness")
TRAIN_COLUMNS = ("z", "slope_x", "slope_y", "period", "loudness", "x", "y", "radius")


@njit(cache=True, nogil=True, error_model="numpy")
def ring(traces: Array, bank: Array, answers: Array) -> None:
    """Lay a wavelet at every spike: convolution with a wavelet that changes with depth.

    Four taps at a time for all samples of a trace, which the compiler lays side by side.

    traces  : (traces, samples) spikes
    bank    : (nodes, taps) wavelets from top to base, taps odd
    answers : (traces, samples) written
    """
    n_samples, taps, half = traces.shape[1], bank.shape[1], bank.shape[1] // 2
    heard = np.zeros((taps + -taps % 4, n_samples), np.float32)  # what a sample hears of those around it
    for k in range(n_samples):
        wavelet = bank[k * bank.shape[0] // n_samples]
        for t in range(max(0, half - k), min(taps, n_samples + half - k)):
            heard[t, k + t - half] = wavelet[t]
    last = heard.shape[0] - 1
    wide = np.zeros(n_samples + last, np.float32)
    for n in range(traces.shape[0]):
        wide[last - half : last - half + n_samples] = traces[n]
        answer = answers[n]
        answer[:] = 0
        for t in range(0, heard.shape[0], 4):
            at = last - t
            one, two, three, four = wide[at:], wide[at - 1 :], wide[at - 2 :], wide[at - 3 :]
            first, second, third, fourth = heard[t], heard[t + 1], heard[t + 2], heard[t + 3]
            for k in range(n_samples):
                near = one[k] * first[k] + two[k] * second[k]
                answer[k] += near + three[k] * third[k] + four[k] * fourth[k]


@njit(cache=True, nogil=True, error_model="numpy")
def echo(volume: Array, lag: float, slope_x: float, slope_y: float, strength: float) -> None:
    """Add surface multiples: what comes up goes down again at a flat bed and returns, weaker and reversed.

    volume : (x, y, z) reflectivity, changed in place
    lag    : two-way time of the bed at x = y = 0, in samples; slopes in samples per trace
    """
    for i in range(volume.shape[0]):
        for j in range(volume.shape[1]):
            late = max(np.float32(4.0), np.float32(lag + slope_x * i + slope_y * j))
            whole = int(late)
            part = late - np.float32(whole)
            trace = volume[i, j]
            for k in range(whole + 1, trace.shape[0]):
                before = trace[k - whole] + part * (trace[k - whole - 1] - trace[k - whole])
                trace[k] -= np.float32(strength) * before


@njit(cache=True, nogil=True, error_model="numpy")
def smile(volume: Array, smiles: Array) -> None:
    """Add migration smiles: spikes spread over the lower half of an ellipsoid, weaker towards its rim.

    volume : (x, y, z) spikes, changed in place
    smiles : (smiles, 6) columns as in ``SMILE_COLUMNS``, in traces and samples
    """
    for n in range(smiles.shape[0]):
        for i in range(volume.shape[0]):
            for j in range(volume.shape[1]):
                dx, dy = np.float32(i) - smiles[n, 0], np.float32(j) - smiles[n, 1]
                away = (dx * dx + dy * dy) / (smiles[n, 3] * smiles[n, 3])
                if away >= 0.9:
                    continue
                at = smiles[n, 2] + smiles[n, 4] * smiles[n, 3] * np.float32(math.sqrt(1.0 - away))
                spike(volume[i, j], at, smiles[n, 5] * np.float32(1.0 - away))


@njit(cache=True, nogil=True, error_model="numpy")
def rake(volume: Array, trains: Array) -> None:
    """Add linear noise: trains of steep plane events that fade away from a place.

    volume : (x, y, z) spikes, changed in place
    trains : (trains, 8) columns as in ``TRAIN_COLUMNS``, in traces and samples
    """
    for n in range(trains.shape[0]):
        for i in range(volume.shape[0]):
            for j in range(volume.shape[1]):
                dx, dy = np.float32(i) - trains[n, 5], np.float32(j) - trains[n, 6]
                loud = np.float32(math.exp(-(dx * dx + dy * dy) / (2.0 * trains[n, 7] ** 2)))
                if loud < 0.02:
                    continue
                at = trains[n, 0] + trains[n, 1] * dx + trains[n, 2] * dy
                at -= trains[n, 3] * np.float32(math.floor(at / trains[n, 3]))
                while at < volume.shape[2] - 1:
                    spike(volume[i, j], at, trains[n, 4] * loud)
                    at += trains[n, 3]


@njit(cache=True, nogil=True, error_model="numpy")
def spike(trace: Array, at: float, size: float) -> None:
    """Add a spike between two samples."""
    if at < 0.0 or at >= trace.shape[0] - 1:
        return
    k = int(at)
    part = at - np.float32(k)
    trace[k] += size * (np.float32(1.0) - part)
    trace[k + 1] += size * part
