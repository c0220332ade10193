namespace XenShared.Guests.Deduction;

/// <summary>Represents the drift of a clock: the error of its rate.</summary>
/// <param name="PartsPerMillion">The drift in parts per million; positive if the clock is fast.</param>
/// <param name="Uncertainty">The uncertainty of the drift, in parts per million.</param>
internal readonly record struct ClockDrift(double PartsPerMillion, double Uncertainty);
