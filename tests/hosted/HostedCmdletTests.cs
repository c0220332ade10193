using Xunit;

namespace XenShared.Hosted.Tests;

public sealed class HostedCmdletTests : IDisposable
{
    private readonly HostedModule _module = new();

    public void Dispose() => _module.Dispose();

    [Fact]
    public void The_page_of_domain_5_comes_as_an_object_of_the_library()
    {
        var (output, errors, _) = _module.Run("Get-XenSharedInfo -DomId 5");

        Assert.Empty(errors);
        var page = Assert.IsType<XenSharedInfo>(Assert.Single(output).BaseObject);
        Assert.Equal(5, page.DomId);
        Assert.Equal(EventAbi.TwoLevel, page.EventAbi);
    }

    [Fact]
    public void Where_Pending_lists_pending_channels_only_and_warns_of_the_unknown_ones()
    {
        var (output, errors, warnings) = _module.Run("Get-XenEventChannel | Where Pending");

        Assert.Empty(errors);
        Assert.NotEmpty(output);
        Assert.All(output, channel => Assert.True(((XenEventChannel)channel.BaseObject).Pending));
        Assert.NotEmpty(warnings);
    }

    [Fact]
    public void A_domain_that_is_not_there_is_one_error_by_name()
    {
        var (output, errors, _) = _module.Run("Get-XenDomain -DomId 77, 5");

        Assert.Single(output);
        Assert.StartsWith("DomainNotFound,", Assert.Single(errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
