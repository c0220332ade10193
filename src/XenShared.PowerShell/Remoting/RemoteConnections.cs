using System.Globalization;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Session;
using XenShared.Targets.Remote;

namespace XenShared.PowerShell.Remoting;

/// <summary>Connects to several hosts by SSH at the same time. A host that cannot be reached is one error.</summary>
internal sealed class RemoteConnections(XenCmdletBase cmdlet, int batch, int throttleLimit)
{
    private readonly List<SshDestination> _destinations = [];

    /// <summary>Gets the executable to copy to hosts without a compatible one; null if nothing is copied.</summary>
    public RemoteInstall? Executable { get; set; }

    /// <summary>Adds a host. Empty values of a table are ignored.</summary>
    public void Add(string hostName, string? userName, int port, string? keyFilePath, int timeoutMilliseconds)
    {
        try
        {
            _destinations.Add(new SshDestination(hostName)
            {
                UserName = string.IsNullOrEmpty(userName) ? null : userName,
                Port = port == 0 ? null : port,
                KeyFilePath = keyFilePath,
                ConnectingTimeout = TimeSpan.FromMilliseconds(timeoutMilliseconds),
            });
        }
        catch (XenException error)
        {
            cmdlet.WriteError(ErrorRecords.From(error, hostName));
        }
    }

    /// <summary>Connects to all hosts.</summary>
    public void Connect(CancellationToken cancellation)
    {
        var session = SessionTargets.Current;
        try
        {
            TargetTaskPool.Run(_destinations, throttleLimit, (destination, writer) => Connect(destination, writer, session), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl+C was pressed. PowerShell itself ends the pipeline, so no error is reported here.
        }
    }

    private void Connect(SshDestination destination, PipelineWriter writer, SessionTargets session)
    {
        RemoteTarget connection;
        try
        {
            connection = Open(destination, writer, writer.Cancellation);
        }
        catch (XenException error)
        {
            writer.WriteOutOfBand(() => cmdlet.WriteError(ErrorRecords.From(error, destination.ToString())));
            return;
        }
        try
        {
            writer.WriteOutput(
                () => cmdlet.WriteObject(session.Add(connection, again => RemoteTarget.Open(destination, again), null, batch)),
                connection.Dispose);
        }
        catch (OperationCanceledException)
        {
            connection.Dispose();
            throw;
        }
    }

    // Determines whether copying this version of xenshared to the host can solve the problem. It can if the host has no xenshared, or an
    // incompatible one that is older. A newer one is not replaced, because other users need it.
    private static bool IsMendedByCopy(XenException error) =>
        error.Id == XenErrorId.RemoteNotInstalled || error.Id == XenErrorId.NotSupportedByHost && !WireProtocol.IsOfNewerPeer(error);

    private RemoteTarget Open(SshDestination destination, PipelineWriter writer, CancellationToken cancellation)
    {
        try
        {
            return RemoteTarget.Open(destination, cancellation);
        }
        catch (XenException error) when (Executable is not null && IsMendedByCopy(error))
        {
            var size = (Executable.Length / 1e6).ToString("0.0", CultureInfo.CurrentCulture);
            var action = $"Copy xenshared {RemoteTarget.OwnVersion.ToString(3)} ({size} MB) to {Executable.Folder}";
            if (!writer.Prompt(() => cmdlet.ShouldProcess(ViewFormat.Plain(destination.ToString()), action))) throw;
        }
        Executable.Run(destination, cancellation);
        writer.WriteOutOfBand(() => cmdlet.WriteVerbose(ViewFormat.Plain($"Copied xenshared to {destination}.")));
        return RemoteTarget.Open(destination, cancellation);
    }
}
