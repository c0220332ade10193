namespace XenShared.Tests.Support;

/// <summary>
/// Lists the bytes of a page that belong to a member of <c>struct shared_info</c>, from Xen's public headers and not from the library. The
/// other bytes are padding, or are after the end of the structure.
/// </summary>
internal static class FieldBytes
{
    // Start and end of each member, counted from the slot's start.
    private static readonly (int Start, int End)[] s_time = [(0, 4), (8, 16), (16, 24), (24, 28), (28, 29), (29, 30)];

    public static bool[] Mark(GuestLayout layout)
    {
        var used = new bool[4096];
        switch (layout)
        {
            case GuestLayout.X86_64:
                MarkSlots(used, count: 32, size: 64, timeAt: 32, (0, 2), (8, 16), (16, 24));
                Mark(used, 2048, 3136);
                break;
            case GuestLayout.X86_32:
                MarkSlots(used, count: 32, size: 64, timeAt: 32, (0, 2), (4, 8), (8, 12));
                Mark(used, 2048, 2344);
                break;
            default:
                MarkSlots(used, count: 1, size: 48, timeAt: 16, (0, 1), (8, 16));
                Mark(used, 48, 1088);
                break;
        }
        return used;
    }

    private static void MarkSlots(bool[] used, int count, int size, int timeAt, params ReadOnlySpan<(int Start, int End)> members)
    {
        for (var slot = 0; slot < count; slot++)
        {
            foreach (var (start, end) in members) Mark(used, slot * size + start, slot * size + end);
            foreach (var (start, end) in s_time) Mark(used, slot * size + timeAt + start, slot * size + timeAt + end);
        }
    }

    private static void Mark(bool[] used, int start, int end) => used.AsSpan(start, end - start).Fill(true);
}
