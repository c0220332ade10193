namespace XenShared.Native.Tests.Boundary;

/// <summary>The errnos that every call is made to fail with: all that Xen, its libraries and Linux' privcmd are known to give.</summary>
internal static class Errnos
{
    public const int EIO = 5;

    public static IReadOnlyList<int> All { get; } =
    [
        Errno.EPERM, Errno.ENOENT, Errno.ESRCH, EIO, Errno.EAGAIN, Errno.ENOMEM, Errno.EACCES,
        Errno.EFAULT, Errno.EBUSY, Errno.EINVAL, Errno.ENOSYS, Errno.EOPNOTSUPP,
    ];

    /// <summary>Every errno with the id that it shall be, by <paramref name="id"/>.</summary>
    public static TheoryData<int, XenErrorId> With(Func<int, XenErrorId> id)
    {
        var data = new TheoryData<int, XenErrorId>();
        foreach (var errno in All) data.Add(errno, id(errno));
        return data;
    }

    /// <summary>Every errno.</summary>
    public static TheoryData<int> Alone => new(All);
}
