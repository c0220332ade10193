namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// Makes a Linux guest work: it prints a line every 0.3 s, reads its disk if it has one, and reads text that is typed on its console. The
/// work ends on disposal, so that the console is idle in other tests.
/// </summary>
internal sealed class GuestWork : IAsyncDisposable
{
    private const int Lines = 5;

    private readonly Dom0 _dom0;
    private readonly string _name;

    private GuestWork(Dom0 dom0, string name)
    {
        _dom0 = dom0;
        _name = name;
    }

    /// <summary>Starts the work.</summary>
    public static async Task<GuestWork> StartAsync(Dom0 dom0, string name)
    {
        var work = new GuestWork(dom0, name);
        await dom0.ReadAsync($"""
            GUEST_WAIT=120 guest-echo {name} 'run rm -f /stop; (while [ ! -e /stop ]; do echo tick; read -t 0.3 nothing <>/never; done) &'
            read_disk='echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/xvda of=/dev/null bs=64k count=4 2>/dev/null; sleep 0.2'
            GUEST_WAIT=120 guest-echo {name} "run [ ! -b /dev/xvda ] || (while [ ! -e /stop ]; do $read_disk; done) &"
            touch /run/typing-{name}
            tty=$(xenstore-read /local/domain/$(xl domid {name})/console/tty)
            (while [ -e /run/typing-{name} ]; do echo typed; sleep 2; done >$tty) >/dev/null 2>&1 </dev/null &
            """);
        await work.AssertGoesOnAsync();
        return work;
    }

    /// <summary>Checks that the guest still prints its lines, and reads typed text.</summary>
    public Task AssertGoesOnAsync() => _dom0.ReadAsync($$"""
        log=/var/log/xen/console/guest-{{_name}}.log; before=$(stat -c %s $log)
        ticks=0 typed=0
        while [ $SECONDS -lt 120 ] && read -r -t 120 line; do
          case $line in *'DOMU-ECHO typed'*) typed=1 ;; *tick*) ticks=$((ticks + 1)) ;; esac
          [ $ticks -lt {{Lines}} ] || [ $typed = 0 ] || exit 0
        done < <(exec tail -c +$((before + 1)) -f $log)
        echo "{{_name}} does not go on with its work" >&2; exit 1
        """);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _dom0.RunAsync($"rm -f /run/typing-{_name}");
        await _dom0.RunAsync($"GUEST_WAIT=60 guest-echo {_name} 'run touch /stop'; {Guest.Settle}");
    }
}
