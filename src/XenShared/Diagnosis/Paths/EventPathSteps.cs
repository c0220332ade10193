using XenShared.Diagnosis.Evidence;
using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Paths;

/// <summary>Determines the state of each link of a path.</summary>
internal sealed class EventPathSteps
{
    private const string Status = "xc_evtchn_status";
    private const string DomainInfo = "xc_domain_getinfolist";
    private const string VcpuInfo = "xc_vcpu_getinfo";
    private const string PvContext = "xc_vcpu_getcontext";
    private const string HvmContext = "xc_domain_hvm_getcontext_partial";
    private const string HvmParameter = "xc_hvm_param_get";

    // Values of the highest byte of HVM_PARAM_CALLBACK_IRQ. This byte is the type of the callback.
    private const int PciInterrupt = 1;
    private const int Vector = 2;

    private readonly EventPathFacts _facts;
    private readonly IReadOnlyList<EventPathRead> _reads;
    private readonly XenEventChannel _channel;
    private readonly bool _isWaiting;
    private readonly EventPathPlace _place;

    private EventPathSteps(EventPathFacts facts)
    {
        _facts = facts;
        _reads = facts.Reads;
        _channel = facts.Channel;
        _isWaiting = _reads.Count > 0 && _reads.All(read => read.Pending == true);
        _place = new EventPathPlace(facts, IsPv == true);
    }

    // Whether the guest is PV; null if not known. Files that do not distinguish PVH from HVM contain no type. Then the registers show
    // whether the guest is PV.
    private bool? IsPv => (_facts.Type, _reads.Count > 0 ? _reads[^1].Context : null) switch
    {
        ({ } type, _) => type == DomainType.PV,
        (null, { InterruptFlag: not null } or { Apic: not null } or { CallbackIrq: not null }) => false,
        (null, { EventCallback: not null }) => true,
        _ => null,
    };

    // Returns the source of the registers, for a message: the function of libxenctrl that read them (call), or the file. Registers without
    // a run state are from a core dump or a saved guest.
    private string SourceOf(string call) => _reads.Count > 0 && _reads[^1].Context is { Run: null } ? "registers in the file" : call;

    /// <summary>Returns the links in the order in which an event passes them.</summary>
    /// <param name="facts">The facts about the path.</param>
    /// <param name="needsSeries">Whether a link of an event that waits can be judged only with further reads of the processor
    /// states.</param>
    public static IReadOnlyList<XenEventPathStep> Create(EventPathFacts facts, out bool needsSeries)
    {
        var steps = new EventPathSteps(facts);
        XenEventPathStep[] common =
        [
            steps.Sender(),
            steps.Channel(),
            steps.Pending(),
            steps.Mask(),
            steps.Queue(),
            steps.Upcall(),
            steps.Domain(),
            steps.Vcpu(),
            steps.Interrupts(),
            steps.Callback(),
        ];
        // A PV guest has no local APIC, so its path does not have this link.
        XenEventPathStep[] all = steps.IsPv == true
            ? [.. common, steps.Execution()]
            : [.. common, steps.Apic(), steps.Execution()];
        needsSeries = steps._place.NeedsSeries;
        return all;
    }

    private XenEventPathStep Sender() => _channel.State switch
    {
        ChannelState.Interdomain => Peer(),
        ChannelState.Unbound => new(EventPathLink.Sender, EventLinkState.Idle, "no domain is connected", Status),
        ChannelState.VirtualIrq or ChannelState.PhysicalIrq => new(EventPathLink.Sender, EventLinkState.Passes, "Xen sends it", Status),
        ChannelState.Ipi => new(EventPathLink.Sender, EventLinkState.Passes, "a vCPU of the same domain sends it", Status),
        ChannelState.Closed => new(EventPathLink.Sender, EventLinkState.Idle, "the port is closed", Status),
        _ => new(EventPathLink.Sender, EventLinkState.Unknown, _channel.StateNote ?? "the binding of the port is not known", null),
    };

    private XenEventPathStep Peer()
    {
        var peer = FormattableString.Invariant($"port {_channel.RemotePort} of domain {_channel.RemoteDomId}");
        return _facts switch
        {
            { Peer: PeerState.NoDomain } => Make(EventLinkState.Stops, $"domain {_channel.RemoteDomId} does not exist"),
            { Peer: PeerState.Closed } => Make(EventLinkState.Stops, $"{peer} is closed"),
            { Peer: PeerState.Unbound } => Make(EventLinkState.Stops, $"{peer} is not connected"),
            { Peer: PeerState.Elsewhere } => Make(EventLinkState.Stops, $"{peer} is bound to something else"),
            { PeerDomain: { } state } when EventPathDomain.WhyNotRunning(state) is { } why =>
                Make(EventLinkState.Stops, $"domain {_channel.RemoteDomId} {why}"),
            { Peer: PeerState.Fits } => Make(EventLinkState.Passes, $"{peer} is connected"),
            _ => new(EventPathLink.Sender, EventLinkState.Unknown, $"the state of {peer} is not known", null),
        };

        XenEventPathStep Make(EventLinkState state, string evidence) => new(EventPathLink.Sender, state, evidence, Status);
    }

    private XenEventPathStep Channel() => _channel.State switch
    {
        null => new(EventPathLink.Channel, EventLinkState.Unknown, _channel.StateNote ?? "the binding of the port is not known", null),
        ChannelState.Closed => new(EventPathLink.Channel, EventLinkState.Stops, "the port is closed", Status),
        ChannelState.Unbound => new(
            EventPathLink.Channel,
            EventLinkState.Stops,
            $"the port is unbound: it waits for domain {_channel.RemoteDomId} to connect",
            Status),
        var state => new(
            EventPathLink.Channel,
            EventLinkState.Passes,
            FormattableString.Invariant($"{state}, delivered to vCPU {_channel.Vcpu}"),
            Status),
    };

    private XenEventPathStep Pending()
    {
        var set = _reads.Count(read => read.Pending == true);
        var isKnown = _reads.Count > 0 && _reads.All(read => read.Pending is not null);
        return !isKnown ? Unread(EventPathLink.Pending, _facts.WhyNoBits ?? "the pending bit is not known")
            : set == 0
                ? new(EventPathLink.Pending, EventLinkState.Idle, $"clear {EventPathText.InReads(_reads)}", BitSource)
                : new(EventPathLink.Pending, EventLinkState.Passes, $"set {EventPathText.InSome(_reads, set)}", BitSource);
    }

    private XenEventPathStep Mask() =>
        Compare(
            EventPathLink.Mask,
            read => read.Masked,
            "masked",
            "not masked",
            BitSource,
            _facts.WhyNoBits ?? "the mask bit is not known");

    // Xen queues an event, and then notifies the vCPU, only if the event is pending and not masked. For other events, there is nothing to
    // judge at the links Queue and Upcall, so their state is Idle.
    private XenEventPathStep Queue()
    {
        if (WhyNotSent is { } why) return new(EventPathLink.Queue, EventLinkState.Idle, why, null);
        return _channel.EventAbi switch
        {
            EventAbi.Fifo => Compare(
                EventPathLink.Queue,
                read => !read.Queued,
                "in no queue of the guest",
                Place,
                BitSource,
                _facts.WhyNoBits ?? "the event word is not known"),
            EventAbi.TwoLevel => Compare(
                EventPathLink.Queue,
                read => !read.Queued,
                "the bit of its word is clear in the selector",
                "the bit of its word is set in the selector",
                _facts.RecordSource,
                WhyNoRecord),
            _ => Unread(EventPathLink.Queue, "the event ABI is not known"),
        };
    }

    // The place of the event in its queue. The guest handles the head of a queue first, and unlinks it. The other events are then still
    // queued, but no head leads to them, so their places are not known.
    private string Place => _facts.QueuePlace switch
    {
        { } place => FormattableString.Invariant($"event {place.Position} of {place.Length} in the queue of priority {place.Priority}")
            + FormattableString.Invariant($" of vCPU {place.Vcpu}, which is {(place.IsReady ? "" : "not ")}ready")
            + (place.IsProved ? "" : " (its control block is a candidate)"),
        null when _facts.KnowsQueues && _reads[^1].Queued == true =>
            "in a queue of the guest; no head leads to it, as when the guest has begun to handle the queue",
        null => "in a queue of the guest",
    };

    private XenEventPathStep Upcall() => WhyNotSent is { } why
        ? new(EventPathLink.Upcall, EventLinkState.Idle, why, null)
        : Compare(
            EventPathLink.Upcall,
            read => !read.UpcallPending,
            "evtchn_upcall_pending is 0",
            "evtchn_upcall_pending is 1",
            _facts.RecordSource,
            WhyNoRecord);

    private XenEventPathStep Domain() => _facts.State switch
    {
        null => Unread(EventPathLink.Domain, "the state of the domain is not known"),
        { } state when EventPathDomain.WhyNotRunning(state) is { } why => new(
            EventPathLink.Domain,
            EventLinkState.Stops,
            $"the domain {why}",
            DomainInfo),
        { } state => new(EventPathLink.Domain, EventLinkState.Passes, $"the domain is {state}", DomainInfo),
    };

    private XenEventPathStep Vcpu()
    {
        if (_channel.State is ChannelState.Closed) return new(EventPathLink.Vcpu, EventLinkState.Idle, "a closed port has no vCPU", null);
        if ((_channel.Vcpu ?? _facts.OnlyVcpu) is not { } vcpu) return Unread(EventPathLink.Vcpu, "the vCPU of the port is not known");
        return _reads.Count == 0 || (_reads[^1].Run?.Online ?? _reads[^1].Context?.IsOnline) is not { } isOnline
            ? Unread(EventPathLink.Vcpu, FormattableString.Invariant($"the state of vCPU {vcpu} is not known"))
            : new(
                EventPathLink.Vcpu,
                isOnline ? EventLinkState.Passes : EventLinkState.Stops,
                FormattableString.Invariant($"vCPU {vcpu} is {(isOnline ? "online" : "offline")}"),
                SourceOf(VcpuInfo));
    }

    private XenEventPathStep Interrupts()
    {
        if (IsPv is not { } isPv) return Unread(EventPathLink.Interrupts, "the type of the domain is not known");
        var step = isPv
            ? Compare(
                EventPathLink.Interrupts,
                read => read.UpcallMask,
                "evtchn_upcall_mask is 1",
                "evtchn_upcall_mask is 0",
                _facts.RecordSource,
                WhyNoRecord)
            : Compare(
                EventPathLink.Interrupts,
                read => !read.Context?.InterruptFlag,
                "RFLAGS.IF is 0",
                "RFLAGS.IF is 1",
                SourceOf(HvmContext),
                WhyNoContext);
        // The registers of a PV vCPU do not contain its upcall mask. So the link counts as closed in each further read, and only the
        // instruction pointers are compared.
        return step.State == EventLinkState.Stops
            ? _place.Evaluate(step, "RFLAGS.IF was 1", context => isPv ? true : !context.InterruptFlag)
            : step;
    }

    private XenEventPathStep Callback()
    {
        if (IsPv is not { } isPv) return Unread(EventPathLink.Callback, "the type of the domain is not known");
        var context = _reads.Count > 0 ? _reads[^1].Context : null;
        if (isPv)
        {
            return context?.EventCallback is not { } address ? Unread(EventPathLink.Callback, WhyNoContext)
                : address == 0
                    ? new(EventPathLink.Callback, EventLinkState.Stops, "the guest has registered no event callback", SourceOf(PvContext))
                    : new(EventPathLink.Callback, EventLinkState.Passes, $"event callback 0x{address:x}", SourceOf(PvContext));
        }
        if (context?.CallbackIrq is not { } callback) return Unread(EventPathLink.Callback, WhyNoContext);
        var text = (int)(callback >> 56) switch
        {
            0 when callback == 0 => null,
            // Linux sets this parameter to 1 if each vCPU has a vector of its own. No function of libxenctrl returns these vectors. So it
            // is not known whether 1 stands for them or for GSI 1.
            0 when callback == 1 => "HVM_PARAM_CALLBACK_IRQ 1: a vector for each vCPU, or GSI 1",
            0 => FormattableString.Invariant($"HVM_PARAM_CALLBACK_IRQ: GSI {callback & 0xffff_ffff}"),
            PciInterrupt => $"HVM_PARAM_CALLBACK_IRQ: a PCI interrupt (0x{callback:x})",
            Vector => $"HVM_PARAM_CALLBACK_IRQ: vector 0x{callback & 0xff:x}",
            _ => $"HVM_PARAM_CALLBACK_IRQ 0x{callback:x}",
        };
        if (text is not null) return new(EventPathLink.Callback, EventLinkState.Passes, text, HvmParameter);
        const string none = "HVM_PARAM_CALLBACK_IRQ 0: the guest has set no callback";
        // The parameter is 0, but each vCPU may have a vector of its own, which no function of libxenctrl returns. Such a vector needs the
        // APIC. So only a disabled APIC proves that the guest has no callback.
        return context.Apic switch
        {
            { IsEnabled: false } => new(EventPathLink.Callback, EventLinkState.Stops, $"{none}, and its APIC is disabled", HvmParameter),
            _ => Unread(EventPathLink.Callback, $"{none}, but it may use a vector for each vCPU, which no call returns"),
        };
    }

    private XenEventPathStep Apic()
    {
        if (IsPv is null) return Unread(EventPathLink.Apic, "the type of the domain is not known");
        if (_reads.Count == 0 || _reads.Any(read => read.Context?.Apic is null)) return Unread(EventPathLink.Apic, WhyNoContext);
        var apic = _reads[^1].Context!.Apic!;
        var callback = _reads[^1].Context!.CallbackIrq;
        var text = $"{(apic.IsEnabled ? "enabled" : "disabled")}, IRR {Vectors(apic.Requested)}, ISR {Vectors(apic.InService)}";
        // With a callback of the type Vector, Xen injects the vector directly and does not use the APIC, so the state of the APIC does not
        // matter.
        if (callback >> 56 == Vector)
            return new(EventPathLink.Apic, EventLinkState.Idle, $"not used for this callback ({text})", SourceOf(HvmContext));
        if (_reads.All(read => !read.Context!.Apic!.IsEnabled))
        {
            // Callback 1 stands for a vector of each vCPU, which needs the APIC, or for GSI 1. In an HVM guest, GSI 1 can reach the vCPU
            // through the PIC even if the APIC is disabled. A PVH guest has no PIC, so in it a disabled APIC stops the event.
            return !EventPathText.AreEnough(_reads) ? Unread(EventPathLink.Apic, OnlyRead("disabled"))
                : callback == 1 && _facts.Type == DomainType.PVH
                    ? new(EventPathLink.Apic, EventLinkState.Stops, $"{text} {EventPathText.InReads(_reads)}", SourceOf(HvmContext))
                    : Unread(EventPathLink.Apic, $"{text}; whether the callback needs the APIC is not known");
        }
        if (_reads.All(read => read.Context is { Apic: { IsEnabled: true, IsBlocked: true } }))
        {
            var blocked = $"its request is blocked by the task priority (0x{apic.TaskPriority:x}) or a vector in service: {text}";
            if (!EventPathText.AreEnough(_reads)) return Unread(EventPathLink.Apic, OnlyRead(blocked));
            return _place.Evaluate(
                new(EventPathLink.Apic, EventLinkState.Stops, $"{blocked} {EventPathText.InReads(_reads)}", SourceOf(HvmContext)),
                "not blocked",
                context => context.Apic is { } local ? local is { IsEnabled: true, IsBlocked: true } : null);
        }
        return new(EventPathLink.Apic, EventLinkState.Passes, text, SourceOf(HvmContext));
    }

    private XenEventPathStep Execution()
    {
        if (_reads.Count == 0 || _reads.Any(read => read.Run is null))
            return Unread(EventPathLink.Execution, "the run time of the vCPU is not known");
        if (EventPathPlace.GetProgress(_reads) is not { } progress)
            return _reads.Count == 1 && !_isWaiting
                ? new(EventPathLink.Execution, EventLinkState.Idle, How(_reads[0].Run!.Value), VcpuInfo)
                : Unread(EventPathLink.Execution, $"{How(_reads[^1].Run!.Value)}; one read does not show whether the vCPU runs");
        if (progress > 0)
            return new(
                EventPathLink.Execution,
                EventLinkState.Passes,
                FormattableString.Invariant(
                    $"the vCPU ran for {progress / 1e6:0.###} ms in {EventPathText.Span(_reads).TotalSeconds:0.0} s"),
                VcpuInfo);
        var isBlocked = _reads.All(read => read.Run is { Blocked: true });
        if (!_isWaiting)
            return new(EventPathLink.Execution, EventLinkState.Idle, "the vCPU did not run, and no event waits", VcpuInfo);
        if (!EventPathText.AreEnough(_reads)) return Unread(EventPathLink.Execution, OnlyRead("the vCPU did not run"));
        // Xen does not wake a vCPU for a masked event. So it is normal that the vCPU sleeps until another event arrives.
        if (isBlocked && WhyNotSent is { } why)
            return new(EventPathLink.Execution, EventLinkState.Idle, $"the vCPU sleeps, and {why}", VcpuInfo);
        return new(
            EventPathLink.Execution,
            EventLinkState.Stops,
            $"the vCPU {(isBlocked ? "slept (blocked)" : "was ready to run, but got")}{(isBlocked ? ", without" : " no")} processor time, "
                + EventPathText.InReads(_reads),
            VcpuInfo);

        static string How(VcpuRunState run) =>
            run.Running ? "the vCPU is on a processor" : run.Blocked ? "the vCPU is blocked" : "the vCPU is ready to run";
    }

    // The reason why Xen has not queued the event; null if Xen may have queued it.
    private string? WhyNotSent =>
        _reads.Count > 0 && _reads.Any(read => read.Pending == false) ? "no event waits"
        : _reads.Count > 0 && _reads.All(read => read.Masked == true) ? "a masked event is not sent on"
        : null;

    private string? BitSource => _channel.Source switch
    {
        StateSource.SharedPage => "shared page",
        StateSource.GuestMemory => "event array in guest memory",
        StateSource.Kernel => "event array of the kernel",
        StateSource.Hypervisor => "debug key e",
        _ => null,
    };

    private string WhyNoRecord => _facts.WhyNoRecord ?? "the vCPU's record is not known";

    private string WhyNoContext => _facts.WhyNoContext ?? "the processor state of the vCPU is not known";

    // Returns the state of a link. It is Stops only if the link was closed in every read, and there are enough reads to show that it stays
    // closed. The function isClosed returns null if a read does not contain the value.
    private XenEventPathStep Compare(
        EventPathLink link,
        Func<EventPathRead, bool?> isClosed,
        string closed,
        string open,
        string? source,
        string whyUnknown)
    {
        var stops = _reads.Count(read => isClosed(read) == true);
        if (_reads.Any(read => isClosed(read) == false))
            return new(
                link,
                EventLinkState.Passes,
                stops == 0 ? open : $"{closed} {EventPathText.InSome(_reads, stops)}",
                source);
        if (stops < _reads.Count && stops > 0)
            return Unread(link, $"{closed} {EventPathText.InSome(_reads, stops)}, and not known in the others");
        if (_reads.Count == 0 || stops == 0) return Unread(link, whyUnknown);
        return EventPathText.AreEnough(_reads)
            ? new(link, EventLinkState.Stops, $"{closed} {EventPathText.InReads(_reads)}", source)
            : new(link, EventLinkState.Unknown, OnlyRead(closed), source);
    }

    private string OnlyRead(string what) =>
        $"{what} {EventPathText.InReads(_reads)}, which does not show whether it stays so";

    private static string Vectors(IReadOnlyList<byte> vectors) =>
        vectors.Count == 0 ? "empty" : string.Join(" ", vectors.Select(vector => $"0x{vector:x}"));

    private static XenEventPathStep Unread(EventPathLink link, string why) => new(link, EventLinkState.Unknown, why, null);
}
