using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>
/// Represents the shared connection to a host (OpenSSH's ControlMaster), with its socket in a private folder. Its own session runs
/// <c>cat</c>: when this process ends in any way, the input of cat ends, and then the connection. See also <see cref="SshLeash"/>. Nothing
/// remains afterwards.
/// </summary>
internal sealed class SshMaster : IDisposable
{
    private const int MaximumGreeting = 64 * 1024;

    private static readonly TimeSpan s_exitTimeout = TimeSpan.FromSeconds(2);

    private readonly SshChannel _channel;
    private readonly SshLeash _leash;
    private readonly string _folder;

    private SshMaster(SshChannel channel, SshLeash leash, string folder)
    {
        _channel = channel;
        _leash = leash;
        _folder = folder;
    }

    /// <summary>Gets a value indicating whether the connection is open.</summary>
    public bool IsAlive => !_channel.HasExited;

    /// <summary>Gets the last error line of ssh.</summary>
    public string? LastErrorLine => _channel.LastErrorLine;

    /// <summary>Gets the ssh options of channels over this connection.</summary>
    public string[] ChannelOptions => ["-o", "ControlMaster=no", "-S", SshProgram.Literal(Socket(_folder))];

    /// <summary>Connects, and waits until commands can run.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, with the last error line of ssh.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static SshMaster Connect(SshDestination destination, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("xs-").FullName;
        SshChannel? channel = null;
        SshLeash? leash = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(destination.ConnectingTimeout);
        try
        {
            leash = SshLeash.Attach(folder, SshProgram.PrepareEnd(destination, Socket(folder)));
            channel = SshChannel.Start(
                SshProgram.Prepare(destination, ["-M", "-o", "ControlPersist=no", "-S", SshProgram.Literal(Socket(folder))], "cat"));
            Greet(channel, destination.ToString(), limit.Token);
            return new SshMaster(channel, leash, folder);
        }
        catch (Exception error)
        {
            channel?.Dispose();
            leash?.Dispose();
            Remove(folder);
            if (error is not OperationCanceledException || cancellation.IsCancellationRequested)
                throw;
            throw SshFailure.Unreachable(
                destination.ToString(),
                $"it did not answer within {destination.ConnectingTimeout.TotalSeconds:0.#} s, so that the connection timed out");
        }
    }

    public void Dispose()
    {
        try
        {
            _channel.Input.Dispose();
        }
        catch (IOException)
        {
            // The process has ended.
        }
        _channel.WaitForEnd(s_exitTimeout);
        _channel.Dispose();
        _leash.Dispose();
        Remove(_folder);
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Something else has removed the folder, or prevents removal.
        }
    }

    // A name of one letter, because the length of a socket path is limited.
    private static string Socket(string folder) => Path.Combine(folder, "s");

    // Start files of the remote shell can print text before the echo.
    private static void Greet(SshChannel channel, string host, CancellationToken cancellation)
    {
        var word = Guid.NewGuid().ToString("N");
        try
        {
            channel.Input.Write(Encoding.ASCII.GetBytes(word + "\n"));
            channel.Input.Flush();
        }
        catch (IOException)
        {
            // The process has ended. The reason is reported below.
        }
        using var stream = new RemoteStream(channel, _ => { }, cancellation);
        var received = new byte[MaximumGreeting];
        var length = 0;
        for (int read; length < received.Length && (read = stream.Read(received.AsSpan(length))) > 0;)
        {
            length += read;
            if (received.AsSpan(0, length).IndexOf(Encoding.ASCII.GetBytes(word)) >= 0) return;
        }
        var status = channel.WaitForEnd(s_exitTimeout);
        var message = channel.LastErrorLine ?? (StandardErrorReader.Text(received.AsSpan(0, length)) is { Length: > 0 } text ? text : null);
        throw SshFailure.FromStatus(host, status, message) is { Id: XenErrorId.HostUnreachable } failure ? failure
            : SshFailure.Unreachable(host, $"it runs no commands{(message is null ? "" : $" ({message})")}");
    }
}
