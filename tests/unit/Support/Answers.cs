using System.Globalization;
using System.Text.Json;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Returns the results of all queries of a target as text, so that targets can be compared.</summary>
internal static class Answers
{
    public static List<string> Read(IXenDataSource target)
    {
        var observer = new RecordingObserver();
        List<string> answers =
        [
            $"{target.Host}",
            $"{target.ReadHostClock()}",
            .. new DomainQuery(target, observer)
                .Run(DomainSelection.All)
                .Select(domain => JsonSerializer.Serialize(domain, ModelJson.Default.XenDomain)),
            .. new SharedInfoQuery(target, observer)
                .Run(DomainSelection.All)
                .Select(page => JsonSerializer.Serialize(page, ModelJson.Default.XenSharedInfo)),
            .. new VcpuQuery(target, observer)
                .Run(DomainSelection.All)
                .Select(vcpu => JsonSerializer.Serialize(vcpu, ModelJson.Default.XenVcpuInfo)),
            .. new EventChannelQuery(target, observer) { Filter = new() { IncludeClosed = true } }
                .Run(DomainSelection.All)
                .Select(channel => JsonSerializer.Serialize(channel, ModelJson.Default.XenEventChannel)),
            .. new DeviceQuery(target, observer)
                .Run(DomainSelection.All)
                .Select(device => JsonSerializer.Serialize(device, ModelJson.Default.XenDevice)),
        ];
        answers.AddRange(
            observer.Errors.Select(error =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{error.Id} {error.DomId} {error.Operation} {error.Errno} {error.Message} {error.Advice}")));
        answers.AddRange(observer.Warnings.Select(warning => warning.ToString()));
        return answers;
    }
}
