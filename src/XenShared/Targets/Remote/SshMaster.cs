using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>
/// The one connection to a host, which its channels share (OpenSSH's ControlMaster), with its socket in a folder that is this user's alone.
/// Its own session runs <c>cat</c>, which is the leash of the far end: when this process ends, however it ends, cat's input does, and then
/// the connection. See also <see cref="SshLeash"/>. Nothing is left behind.
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

    /// <summary>Gets a value indicating whether the connection stands.</summary>
    public bool IsAlive => !_channel.HasExited;

    /// <summary>Gets what ssh said last about it.</summary>
    public string? LastErrorLine => _channel.LastErrorLine;

    /// <summary>Options of channels over this connection.</summary>
    public string[] ChannelOptions => ["-o", "ControlMaster=no", "-S", SshProgram.Literal(Socket(_folder))];

    /// <summary>Connects, and waits until commands can be run.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>, with what ssh said last.</exception>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
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
            // It has ended.
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
            // Whoever cleans up temporary files was faster, or lets nobody do it.
        }
    }

    // A name of one letter: the path of a socket has little room.
    private static string Socket(string folder) => Path.Combine(folder, "s");

    // What start files of the shell print may come before the echo.
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
            // It has ended; why is told below.
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
