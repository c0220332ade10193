using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>
/// Represents the shared connection to a host (OpenSSH's ControlMaster), whose socket is in a private folder. The connection runs
/// <c>cat</c> on the host: when this process ends, even if it is killed, the input of <c>cat</c> ends, and then the connection ends too.
/// <see cref="SshLeash"/> ends the connection even if a remote command hangs, and removes the folder.
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

    /// <summary>Gets the options with which another ssh process uses this connection.</summary>
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
            // The ssh process has already ended, so its input needs no closing.
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
            // The folder has already been removed, or cannot be removed. Neither is reported, because the connection does not depend on it.
        }
    }

    // A name of one letter, because the length of a socket path is limited.
    private static string Socket(string folder) => Path.Combine(folder, "s");

    // Waits until the host runs commands: sends a random word, which cat on the host returns. Text before the word is skipped, because
    // start files of the remote shell can print something.
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
            // The ssh process has ended, so the word could not be sent. The read below then ends, and the reason is reported after it.
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
