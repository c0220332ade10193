using System.Text.RegularExpressions;

namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Provides a Xen host for the tests of one collection: it is booted for the first test that needs it, and powered off after the last. A
/// host that stops responding is lost: its test fails, the next test gets a new host, and <c>suite</c> repeats the failed tests once. With
/// the variable XENSHARED_XEN_SERVE, the folder of a running <c>rig serve</c> is used instead, and left unchanged.
/// </summary>
public abstract class XenBed : IAsyncDisposable
{
    private const string ServeVariable = "XENSHARED_XEN_SERVE";
    private const int Losses = 2;

    private static readonly Lock s_losses = new();

    private readonly string _name;
    private Task<Dom0>? _start;
    private Rig? _rig;
    private Pulse? _pulse;
    private int _lost;

    private protected XenBed(string name) => _name = name;

    private bool IsLost => _pulse is { Lost.IsCancellationRequested: true };

    /// <summary>Gets the folder of a <c>rig serve</c> that somebody else started; null if the bed boots its own host.</summary>
    private protected static string? Attached =>
        Environment.GetEnvironmentVariable(ServeVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>Powers off the host that was booted here.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_rig is not null && IsLost) await BuryAsync();
        else if (_start is { IsCompletedSuccessfully: true }) await ReportDeadGuestsAsync(await _start);
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the host's dom0. Skips the test on a machine that cannot boot the host.</summary>
    internal async Task<Dom0> RequireAsync()
    {
        try
        {
            if (_start is { IsCompleted: true } && (IsLost || (_start.IsFaulted && _rig is not null)))
            {
                if (Attached is not null || _lost == Losses)
                    throw new BedLostException($"{_lost + 1} hosts were lost; no other is booted.");
                await BuryAsync();
            }
            return await (_start ??= StartAsync());
        }
        catch (BedUnavailableException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    /// <summary>Starts the guests that all tests of the collection need.</summary>
    private protected abstract Task PrepareAsync(Dom0 dom0);

    /// <summary>Discards the observations of a host that is lost.</summary>
    private protected abstract void Forget();

    private async Task<Dom0> StartAsync()
    {
        if (_lost == 0)
        {
            await Rig.BuildAsync();
            await Dom0Files.AssembleAsync();
        }
        var log = Path.Combine(Repository.Artifacts, $"{_name}.log");
        if (_lost == 0) File.Delete(log);
        Dom0 dom0;
        if (Attached is { } folder)
        {
            var configuration = Path.Combine(folder, "ssh_config");
            dom0 = new Dom0(configuration, log, _pulse = new Pulse(configuration, () => false));
            await AttachedFiles.UploadAsync(dom0);
        }
        else
        {
            var rig = _rig = await Rig.ServeAsync(Path.Combine(Repository.Artifacts, _name), Dom0Files.Folder);
            dom0 = new Dom0(rig.SshConfiguration, log, _pulse = new Pulse(rig.SshConfiguration, () => rig.HasEnded));
        }
        var version = await dom0.ReadAsync("xl info xen_version");
        // 4.17.6, or 4.23-unstable
        Assert.Matches($@"^{Regex.Escape(Suite.Current.XenVersion)}[.-]", version);
        await PrepareAsync(dom0);
        return dom0;
    }

    // The kernels of guests sometimes crash for an unknown reason. The tests of such a guest fail, and the suite reports that and repeats
    // them with a new guest.
    private async Task ReportDeadGuestsAsync(Dom0 dom0)
    {
        var dead = await dom0.RunAsync("""
            for g in $(xl list | awk 'NR > 2 && $5 ~ /c/ { print $1 }'); do
              why=$(grep -aE 'double fault|Kernel panic|general protection|BUG:' /var/log/xen/console/guest-$g.log |
                head -n 1 | tr -d '\r') || true
              [ -z "$why" ] || echo "the kernel of $g died: $why"
            done
            """);
        foreach (var line in dead.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) await LoseAsync($"lost a guest: {line}");
    }

    private Task LoseAsync(string what)
    {
        lock (s_losses)
        {
            File.AppendAllText(
                Path.Combine(Repository.Artifacts, "lost"),
                $"{DateTime.UtcNow:HH:mm:ss} the host of the {_name} guests {what}\n");
        }
        return Task.CompletedTask;
    }

    // The last output is kept in a separate file. The suite looks for the line in "lost".
    private async Task BuryAsync()
    {
        _lost++;
        var reason = IsLost
            ? "stopped answering"
            : $"did not get ready ({_start?.Exception?.InnerException?.Message.ReplaceLineEndings(" ")})";
        if (_rig is not null)
            await _rig.PostMortemAsync();
        await EndAsync();
        var console = Path.Combine(Repository.Artifacts, $"{_name}-lost-{_lost}.log");
        File.Copy(Path.Combine(Repository.Artifacts, _name, "console.log"), console, overwrite: true);
        await LoseAsync($"{reason}; what Xen said is in {console}");
        _start = null;
        Forget();
    }

    private async Task EndAsync()
    {
        if (_pulse is not null) await _pulse.DisposeAsync();
        if (_rig is not null) await _rig.DisposeAsync();
        _pulse = null;
        _rig = null;
    }
}
