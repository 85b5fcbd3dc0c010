using System.Text;
using Slipway.Reporting;

namespace Slipway.Tests.Reporting;

/// <summary>status.json comes back as it was written, and a broken one is none.</summary>
public sealed class StatusTests
{
    [Fact]
    public void It_comes_back_as_it_was_written()
    {
        var status = new NodeStatus
        {
            Version = "1.2.3",
            Phase = Phase.Failed,
            Updated = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            BootId = "boot",
            Source = "guestinfo:",
            ConfigSha256 = "abc",
            NodeName = "worker-7",
            KubernetesVersion = "1.36.2",
            Step = "4/11 containerd",
            StepsDone = [new StepStatus("kernel", 2, 0.123)],
            Drift = ["replace /etc/a"],
            LastError = new ErrorStatus("http.busy", "later", "Wait."),
        };
        var json = Encoding.UTF8.GetString(status.ToJson());
        Assert.Equal(json, Encoding.UTF8.GetString(NodeStatus.FromJson(status.ToJson())!.ToJson()));
        Assert.Contains("\"schemaVersion\": 1", json, StringComparison.Ordinal);
        Assert.Contains("\"phase\": \"Failed\"", json, StringComparison.Ordinal);
        Assert.Contains("\"code\": \"http.busy\"", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"phase\": \"NoSuchPhase\", \"version\": \"1\"}")]
    public void A_broken_one_is_none(string json) => Assert.Null(NodeStatus.FromJson(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void The_report_tells_systemd_and_the_status_file_the_same()
    {
        using var node = new Node();
        var (told, written) = (new List<string>(), new List<NodeStatus>());
        var report = new Report(node.Host.Log, node.Host.Clock, told.Add, json => written.Add(NodeStatus.FromJson(json)!), new NodeStatus { Version = "1" });
        report.BeginStep("containerd", 4, 11)(3);
        report.Ready();
        Assert.Equal(["STATUS=4/11 containerd", "READY=1"], told);
        Assert.Equal(["4/11 containerd", ""], written.Select(status => status.Step));
        Assert.Equal(("containerd", 3), (written[^1].StepsDone[0].Name, written[^1].StepsDone[0].Changed));
    }
}
