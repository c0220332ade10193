namespace XenShared.Fuzz;

/// <summary>Ends the program, with the number of the input, if an input takes too long.</summary>
public sealed class HangWatch : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Timer _timer;
    private long _number = -1;
    private long _seen = -1;

    /// <summary>Begins to watch.</summary>
    public HangWatch(string reader, int seed) => _timer = new Timer(_ =>
    {
        var number = Interlocked.Read(ref _number);
        if (number >= 0 && number == Interlocked.Exchange(ref _seen, number))
        {
            Console.WriteLine($"{reader}: input {number} from seed {seed} does not come to an end");
            Environment.Exit(3);
        }
    }, null, s_patience, s_patience);

    /// <summary>Records that an input begins.</summary>
    public void Begin(long number) => Interlocked.Exchange(ref _number, number);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
