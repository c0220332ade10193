using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Checks that every call takes handles and buffers as counted references, so that none is closed or freed during the call.
/// </summary>
public sealed class HandleCountingTests(FakeXenFixture fixture) : FakeXenTest(fixture)
{
    private static readonly Type[] s_handles =
    [
        .. typeof(XenControl).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(SafeHandle))),
    ];

    [Fact]
    public void A_raw_handle_is_an_argument_only_of_calls_that_give_it_back()
    {
        var raw = NativeFunctions
            .Methods.Where(method => method.GetParameters().Any(parameter => IsRaw(parameter) && !IsLogger(parameter)))
            .ToArray();

        Assert.Equal(
            ["xc_interface_close", "xencall_close", "xencall_free_buffer", "xenforeignmemory_close", "xenforeignmemory_unmap", "xs_close"],
            raw.Select(method => method.Name).Order(StringComparer.Ordinal));
        foreach (var method in raw)
        {
            var callers = CallersOf(method);
            Assert.NotEmpty(callers);
            Assert.All(callers, caller => Assert.Equal("ReleaseHandle", caller.Name));
            Assert.All(callers, caller => Assert.Contains(caller.DeclaringType, s_handles));
        }
    }

    [Fact]
    public void A_call_that_uses_a_handle_takes_it_as_a_counted_one()
    {
        var uncounted = NativeFunctions.Methods
            .Where(method => !method.Name.EndsWith("_open", StringComparison.Ordinal) && !method.GetParameters().Any(IsRaw))
            .Where(method => !method.GetParameters()[0].ParameterType.IsSubclassOf(typeof(SafeHandle)));

        Assert.Empty(uncounted);
    }

    [Fact]
    public void The_address_behind_a_handle_is_taken_only_where_a_use_is_counted()
    {
        var taken = CallersOf(typeof(SafeHandle).GetMethod(nameof(SafeHandle.DangerousGetHandle))!)
            .Where(caller =>
                caller.DeclaringType!.Namespace == typeof(XenControl).Namespace
                && !caller.Name.Contains("g____PInvoke", StringComparison.Ordinal))
            .Select(caller => $"{caller.DeclaringType!.Name}.{caller.Name}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(["Buffer.ReleaseHandle", "BufferPin.get_Address", "Mapping.ReleaseHandle"], taken);
    }

    [Fact]
    public void No_type_stores_a_mapping()
    {
        // Its pages are read through plain spans, so it must not outlive the method that made it, nor be seen by another thread.
        var keepers = typeof(XenControl).Assembly.GetTypes()
            .SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType == typeof(ForeignMemory.Mapping));

        Assert.Empty(keepers);
    }

    [Fact]
    public unsafe void A_buffer_that_is_freed_while_it_is_in_use_stays_until_the_use_ends()
    {
        Boot(StandardHost.Create());
        using var control = XenControl.Open(isX86: true);
        var channels = new EventChannels(control);
        using (var pin = channels.Pin())
        {
            channels.Dispose();

            Assert.Equal((0ul, 0ul), (Xen.Counters.BuffersFreed, Xen.Counters.Closes));
            // It would be a fault of the process if the memory were gone.
            *(ulong*)pin.Address = 1;
        }

        Assert.Equal((1ul, 1ul), (Xen.Counters.BuffersFreed, Xen.Counters.Closes));
        Assert.Throws<ObjectDisposedException>(() => channels.Pin().Dispose());
    }

    [Fact]
    public void A_mapping_keeps_its_library_open_until_it_is_unmapped()
    {
        Boot(StandardHost.Create());
        var memory = ForeignMemory.Open();
        Assert.True(memory.TryMap(StandardHost.Pv, StandardHost.PvFrame, protection: 1, out var mapping, out _));
        using (mapping)
        {
            memory.Dispose();

            Assert.Equal((1ul, 0ul), (Xen.Counters.LiveMaps, Xen.Counters.Closes));
            Assert.Equal(4096, mapping.Page(0).Length);
        }

        Assert.Equal((0ul, 1ul), (Xen.Counters.LiveMaps, Xen.Counters.Closes));
    }

    private static bool IsRaw(ParameterInfo parameter) => parameter.ParameterType == typeof(nint);

    private static bool IsLogger(ParameterInfo parameter) =>
        parameter.Member.Name.EndsWith("_open", StringComparison.Ordinal) && parameter.Name!.EndsWith("ogger", StringComparison.Ordinal);

    private static MethodBase[] CallersOf(MethodInfo callee) =>
        [
            .. typeof(XenControl)
                .Assembly.GetTypes()
                .SelectMany(type =>
                    type.GetMembers(
                        BindingFlags.Instance
                            | BindingFlags.Static
                            | BindingFlags.Public
                            | BindingFlags.NonPublic
                            | BindingFlags.DeclaredOnly))
                .OfType<MethodBase>()
                .Where(caller => Calls(caller, callee)),
        ];

    // Whatever follows a byte that could be a call is looked up; an operand that happens to look like one can only add to the callers.
    private static bool Calls(MethodBase caller, MethodInfo callee)
    {
        var code = caller.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at + 5 <= code.Length; at++)
        {
            if (code[at] == OpCodes.Call.Value || code[at] == OpCodes.Callvirt.Value)
            {
                if (Resolve(caller, BitConverter.ToInt32(code, at + 1)) is { } called
                    && called.Name == callee.Name
                    && called.DeclaringType == callee.DeclaringType)
                    return true;
            }
        }
        return false;
    }

    private static MethodBase? Resolve(MethodBase caller, int token)
    {
        try
        {
            return (token >> 24) is 0x06 or 0x0a ? caller.Module.ResolveMethod(token) : null;
        }
        catch (Exception error) when (error is ArgumentException or BadImageFormatException or TypeLoadException)
        {
            return null;
        }
    }
}
