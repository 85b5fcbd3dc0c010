using static Slipway.Config.FieldType;

namespace Slipway.Config;

/// <summary>Every field of the agent's own settings, <c>/etc/slipway/slipway.yaml</c>.</summary>
internal static class SettingsSchema
{
    private static readonly TextFormat NoProxy = new(
        "a host, a domain such as .example.com, an address, a network such as 10.0.0.0/8, or *", IsNoProxy, false);

    private static readonly Section Proxy = new(
        new Field("http", new Text(TextFormat.Web), "The proxy for http."),
        new Field("https", new Text(TextFormat.Web), "The proxy for https."),
        new Field("noProxy", new ListOf(new Text(NoProxy)), "Hosts, domains and networks reached without a proxy."));

    /// <summary>The whole file.</summary>
    public static Section Root { get; } = new(
        new Field("sources", new ListOf(new Text(SourceNames.Format)), "Where the configuration is looked for, in this order: the first that has any wins."),
        new Field("wait", new Text(TextFormat.Duration), "How long run goes on asking sources that cannot be reached."),
        new Field("proxy", Proxy, "The proxy while there is no configuration yet."),
        new Field("trustedCAs", new Text(TextFormat.Authorities), "CA certificates trusted beside the system's, PEM."),
        new Field("guestinfo", new Section(new Field("contextId", new Number(0, int.MaxValue), "The vsock address of the hypervisor.")), "VMware guestinfo."));

    private static bool IsNoProxy(string text)
    {
        string host = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text.TrimStart('.');
        return text == "*" || NodeIp.IsCidr(text) || NodeIp.Address(text) is not null || HostPort.TryParse(host) is not null;
    }
}
