namespace XenShared.Native.Tests.Boundary;

/// <summary>Lists the errnos that the tests give to every call: all known ones of Xen, its libraries and Linux' privcmd.</summary>
internal static class Errnos
{
    public const int EIO = 5;

    public static IReadOnlyList<int> All { get; } =
    [
        Errno.EPERM, Errno.ENOENT, Errno.ESRCH, EIO, Errno.EAGAIN, Errno.ENOMEM, Errno.EACCES,
        Errno.EFAULT, Errno.EBUSY, Errno.EINVAL, Errno.ENOSYS, Errno.EOPNOTSUPP,
    ];

    /// <summary>Returns every errno with the error id that <paramref name="id"/> expects.</summary>
    public static TheoryData<int, XenErrorId> With(Func<int, XenErrorId> id)
    {
        var data = new TheoryData<int, XenErrorId>();
        foreach (var errno in All) data.Add(errno, id(errno));
        return data;
    }

    /// <summary>Gets every errno.</summary>
    public static TheoryData<int> Alone => new(All);
}
