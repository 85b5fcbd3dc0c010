using System.Globalization;

namespace Slipway.Lab;

/// <summary>Proves the lab itself: that its parts refuse what the real ones refuse, and break as told. A test bench that lets everything pass proves nothing.</summary>
internal sealed class SelfCheck
{
    private int failed, passed;

    /// <summary>Runs all checks; 0 when all hold.</summary>
    public static async Task<int> RunAsync(bool withVm)
    {
        SelfCheck check = new();
        Release release = await Repack.CurrentAsync().ConfigureAwait(false);
        await check.MirrorAsync(release).ConfigureAwait(false);
        await check.NodeAsync(release).ConfigureAwait(false);
        if (withVm)
        {
            await check.VmAsync(release).ConfigureAwait(false);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{check.passed} hold, {check.failed} do not"));
        return check.failed == 0 ? 0 : 1;
    }

    private async Task MirrorAsync(Release release)
    {
        await using Mirror mirror = new(release.Folder);
        await mirror.StartAsync().ConfigureAwait(false);
        using HttpClient http = new() { BaseAddress = mirror.Url("127.0.0.1") };
        string path = new Uri(release.Artifacts.Single(a => a.Name == "kubelet").Url).AbsolutePath;
        byte[] whole = await http.GetByteArrayAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false);
        async Task<(int Status, byte[] Body)> Get(string? range = null, string? condition = null)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Range", range);
            request.Headers.TryAddWithoutValidation("If-Range", condition);
            using HttpResponseMessage response = await http.SendAsync(request).ConfigureAwait(false);
            return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
        }
        (int status, byte[] tail) = await Get("bytes=1000-").ConfigureAwait(false);
        Expect("mirror: a range gives the rest", status == 206 && tail.AsSpan().SequenceEqual(whole.AsSpan(1000)));
        Expect("mirror: a stale If-Range gives all", (await Get("bytes=1000-", "\"other\"").ConfigureAwait(false)).Status == 200);
        mirror.Break("/kubelet", new Fault.Unavailable { Times = 1 });
        Expect("mirror: 503 once, then well", (await Get().ConfigureAwait(false)).Status == 503 && (await Get().ConfigureAwait(false)).Status == 200);
        mirror.Break("/kubelet", new Fault.Corrupted());
        Expect("mirror: wrong bytes of the right length", (await Get().ConfigureAwait(false)).Body is var wrong && wrong.Length == whole.Length && !wrong.AsSpan().SequenceEqual(whole));
        mirror.Break("/kubelet", new Fault.CutAfter(100_000));
        mirror.ClearExchanges();
        await Throws("mirror: a cut connection", () => Get()).ConfigureAwait(false);
        Expect("mirror: the log has the bytes sent", mirror.Downloads is [{ Bytes: 100_000 }]);
        mirror.Heal();
        await mirror.StopAsync().ConfigureAwait(false);
        await Throws("mirror: refuses when stopped", () => Get()).ConfigureAwait(false);
        await mirror.StartAsync().ConfigureAwait(false);
        Expect("mirror: back on the same port", (await Get().ConfigureAwait(false)).Status == 200);

        using Authority authority = new("lab mirror");
        await using Mirror secure = new(release.Folder, authority);
        await secure.StartAsync().ConfigureAwait(false);
        (int exit, _, string error) = await Tool.TryAsync(null, "curl", ["-fsS", "-o", "/dev/null", secure.Url("127.0.0.1").ToString().TrimEnd('/') + path]).ConfigureAwait(false);
        Expect("mirror: https is not trusted as it is", exit == 60, error);
        string pem = Path.GetTempFileName();
        await File.WriteAllTextAsync(pem, authority.Pem).ConfigureAwait(false);
        (exit, _, error) = await Tool.TryAsync(null, "curl", ["-fsS", "--cacert", pem, "-o", "/dev/null", secure.Url("127.0.0.1").ToString().TrimEnd('/') + path]).ConfigureAwait(false);
        Expect("mirror: https is trusted with its CA", exit == 0, error);
        File.Delete(pem);
    }

    private async Task NodeAsync(Release release)
    {
        using ContainerNetwork network = ContainerNetwork.Take();
        await using World world = await World.StartAsync(network.HostAddress, release).ConfigureAwait(false);
        ControlPlane cluster = world.ControlPlane!;
        GuestFile[] files = [new GuestFile.Copy("/usr/local/sbin/baseline", Path.Combine(LabCache.Repository, "tests", "lab", "baseline.sh"), GuestFile.Program)];
        await using Container node = await Container.CreateAsync(network, new ContainerOptions { Files = files, Ports = world.Ports, UserData = UserData.CloudConfig("# none", world.Lock) }).ConfigureAwait(false);
        await node.StartAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        await Says(node, "container: cloud-init is content",
            "cloud-init status --wait --long", 0, "recoverable_errors: {}").ConfigureAwait(false);
        await Says(node, "container: host name and lock file come from the seed directory",
            $"hostname; sha256sum < {UserData.LockPath}", 0, "worker-1").ConfigureAwait(false);
        await Says(node, "container: no unit failed",
            "systemctl --failed --no-legend | grep . || echo none", 0, "none").ConfigureAwait(false);

        string Join(string more = "", string version = "v1beta4", string? hash = null, string? token = null) =>
            $"cat > /tmp/join.yaml <<'END'\napiVersion: kubeadm.k8s.io/{version}\nkind: JoinConfiguration\nnodeRegistration:\n  name: worker-1\ndiscovery:\n  bootstrapToken:\n    apiServerEndpoint: {world.Endpoint}\n    token: {token ?? world.Token}\n    caCertHashes: [\"{hash ?? world.CaHash}\"]\n{more}\nEND\n";
        const string quick = "timeouts: {discovery: 1s, kubernetesAPICall: 1s}", join = "kubeadm join --config /tmp/join.yaml";
        string zeros = "sha256:" + new string('0', 64);

        await Says(node, "a wrong CA hash is not pinned",
            $"baseline {world.MirrorUrl} {UserData.LockPath} {world.Endpoint} {world.Token} {zeros} worker-1", 1, "error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys").ConfigureAwait(false);
        Expect("… and nobody asked for a certificate", cluster.SigningRequests.Count == 0);
        await Says(node, "kubelet without configuration",
            "kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml", 1, "failed to load kubelet config file, path: /var/lib/kubelet/config.yaml").ConfigureAwait(false);
        await Says(node, "kubelet refuses a flag that 1.35 dropped",
            "kubelet --pod-infra-container-image=x", 1, "failed to parse kubelet flag: unknown flag: --pod-infra-container-image").ConfigureAwait(false);
        await Says(node, "crictl asks the real runtime", "crictl version", 0, "RuntimeName:  containerd").ConfigureAwait(false);
        await Says(node, "crictl refuses unknown settings",
            "echo 'bogus: 1' > /tmp/c.yaml; crictl -c /tmp/c.yaml ps", 1, "unknown field \"bogus\"").ConfigureAwait(false);
        await Says(node, "crictl refuses unknown flags", "crictl --bogus ps", 1, "unknown flag: --bogus").ConfigureAwait(false);
        await Says(node, "kubeadm refuses unknown fields",
            Join("bogus: 1") + "kubeadm config validate --config /tmp/join.yaml", 1, "strict decoding error: unknown field \"bogus\"").ConfigureAwait(false);
        await Says(node, "kubeadm refuses duplicate keys",
            Join("kind: JoinConfiguration") + join, 1, "error converting YAML to JSON").ConfigureAwait(false);
        await Says(node, "kubeadm warns of v1beta3",
            Join("", "v1beta3") + "kubeadm config validate --config /tmp/join.yaml", 0, "deprecated API spec").ConfigureAwait(false);
        await Says(node, "kubeadm refuses a malformed token",
            Join(token: "nope") + join, 1, "the bootstrap token is invalid").ConfigureAwait(false);
        await Says(node, "an unknown token has no signature",
            Join(quick, token: "zzzzzz.0123456789abcdef") + join, 1, "could not find a JWS signature in the cluster-info ConfigMap for token ID \"zzzzzz\"").ConfigureAwait(false);
        await Says(node, "a wrong secret does not verify",
            Join(quick, token: world.Token[..7] + "0123456789abcdef") + join, 1, "failed to verify JWS signature").ConfigureAwait(false);
        await Says(node, "forwarding must be on",
            "sysctl -qw net.ipv4.ip_forward=0;" + Join() + join, 1, "[ERROR FileContent--proc-sys-net-ipv4-ip_forward]: /proc/sys/net/ipv4/ip_forward contents are not set to 1").ConfigureAwait(false);
        await Says(node, "a runtime without CRI is noticed",
            "sysctl -qw net.ipv4.ip_forward=1; cp /etc/containerd/config.toml /tmp/c.toml; sed -i '1a disabled_plugins = [\"io.containerd.grpc.v1.cri\"]' /etc/containerd/config.toml; systemctl restart containerd;" + join, 1, "[ERROR CRI]: could not connect to the container runtime").ConfigureAwait(false);
        await Says(node, "a runtime that is down is noticed",
            "cp /tmp/c.toml /etc/containerd/config.toml; systemctl stop containerd;" + join, 1, "[ERROR CRI]").ConfigureAwait(false);
        cluster.AddNode("worker-1", ready: true);
        await Says(node, "a Ready node of the same name",
            "systemctl start containerd;" + join, 1, "a Node with name \"worker-1\" and status \"Ready\" already exists in the cluster").ConfigureAwait(false);
        cluster.DeleteNode("worker-1");
        // A failed join leaves ca.crt behind, as the real one does: the next one trips over it until somebody cleans up.
        await Says(node, "what a failed join leaves stops the next",
            join, 1, "[ERROR FileAvailable--etc-kubernetes-pki-ca.crt]: /etc/kubernetes/pki/ca.crt already exists").ConfigureAwait(false);
        await cluster.StopAsync().ConfigureAwait(false);
        await Says(node, "an API server that is down",
            "kubeadm reset -f >/dev/null 2>&1;" + Join(quick) + join, 1, "failed to request the cluster-info ConfigMap: Get \"https://").ConfigureAwait(false);
        await cluster.StartAsync().ConfigureAwait(false);
        await Says(node, "a good join", Join() + join, 0, "This node has joined the cluster").ConfigureAwait(false);
        await node.WaitForAsync("curl -fsS http://127.0.0.1:10248/healthz", TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        Expect("… asked for one certificate", cluster.SigningRequestsOf("worker-1") == 1);
        await Says(node, "… leaves no bootstrap credential",
            "! test -e /etc/kubernetes/bootstrap-kubelet.conf && stat -c %a /etc/kubernetes/kubelet.conf", 0, "600").ConfigureAwait(false);
        await Says(node, "a second join is refused",
            join, 1, "[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists").ConfigureAwait(false);
        await Says(node, "… also for its port", join, 1, "[ERROR Port-10250]: Port 10250 is in use").ConfigureAwait(false);
        string curl = $"curl -sS --cacert /etc/kubernetes/pki/ca.crt --cert /var/lib/kubelet/pki/kubelet-client-current.pem https://{world.Endpoint}";
        await Says(node, "a kubelet reads its own Node",
            $"{curl}/api/v1/nodes/worker-1", 0, "\"kubeletVersion\":\"v").ConfigureAwait(false);
        await Says(node, "… and may not touch another",
            $"{curl}/api/v1/nodes/other -X PATCH -d '{{}}'", 0, "\"code\":403").ConfigureAwait(false);
        await Says(node, "nobody reads nothing",
            $"curl -sSk https://{world.Endpoint}/api/v1/namespaces/kube-system/configmaps/kubeadm-config", 0, "User \\u0022system:anonymous\\u0022 cannot get resource").ConfigureAwait(false);
        cluster.ExpireToken();
        await Says(node, "an expired token is 401",
            $"curl -sSk -H 'Authorization: Bearer {world.Token}' https://{world.Endpoint}/api/v1/nodes/worker-1", 0, "\"code\":401").ConfigureAwait(false);
        await cluster.StopAsync().ConfigureAwait(false);
        await Says(node, "a joined kubelet restarts without its API server",
            "systemctl restart kubelet; sleep 1; curl -fsS http://127.0.0.1:10248/healthz", 0, "ok").ConfigureAwait(false);
        await cluster.StartAsync().ConfigureAwait(false);
        await node.StopAsync().ConfigureAwait(false);
        await node.StartAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        await node.WaitForAsync("curl -fsS http://127.0.0.1:10248/healthz", TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        Expect("… and after a power cut, with the same certificate", cluster.SigningRequestsOf("worker-1") == 1);
    }

    private async Task VmAsync(Release release)
    {
        await using World world = await World.StartAsync(release: release).ConfigureAwait(false);
        await using Vm vm = await Vm.CreateAsync(new VmOptions { UserData = UserData.CloudConfig("# none", world.Lock) }).ConfigureAwait(false);
        await vm.StartAsync().ConfigureAwait(false);
        string first = await vm.WaitForShellAsync(TimeSpan.FromMinutes(3)).ConfigureAwait(false);
        await Says(vm, "vm: cloud-init is content", "cloud-init status --wait --long", 0, "recoverable_errors: {}").ConfigureAwait(false);
        await Says(vm, "vm: host name and lock file come from the cidata disk",
            $"hostname; sha256sum < {UserData.LockPath}", 0, "worker-1").ConfigureAwait(false);
        await Says(vm, "vm: no unit failed", "systemctl --failed --no-legend | grep . || echo none", 0, "none").ConfigureAwait(false);
        world.Mirror!.Break("", new Fault.Throttled(200_000));
        await vm.CheckAsync($"systemd-run -q curl -o /root/part {world.MirrorUrl}release/v{world.KubernetesVersion}/bin/linux/amd64/kubectl; sleep 4; echo kept > /root/kept; sync /root/kept").ConfigureAwait(false);
        await vm.PowerCutAsync().ConfigureAwait(false);
        for (int i = 0; i < 50 && world.Mirror.Downloads.Count == 0; i++)
        {
            // The server notices at its next write.
            await Task.Delay(100).ConfigureAwait(false);
        }
        Expect("vm: a power cut cuts the download", world.Mirror.Downloads is [.., { Bytes: > 0 and < 5_000_000 }]);
        await vm.StartAsync().ConfigureAwait(false);
        string second = await vm.WaitForShellAsync(TimeSpan.FromMinutes(3)).ConfigureAwait(false);
        await Says(vm, "vm: the disk survives it",
            "cat /root/kept; journalctl --list-boots --no-pager -q | wc -l", 0, "kept\n2").ConfigureAwait(false);
        string third = await vm.RebootAsync(TimeSpan.FromMinutes(3)).ConfigureAwait(false);
        Expect("vm: each boot has its own id", first != second && second != third);
        await vm.ShutdownAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
        Expect("vm: powers off", !vm.IsRunning);
    }

    private async Task Says(Machine machine, string what, string command, int exit, string text)
    {
        Outcome outcome = await machine.RunAsync(command, TimeSpan.FromMinutes(3)).ConfigureAwait(false);
        Expect(what, outcome.Exit == exit && outcome.Output.Contains(text, StringComparison.Ordinal), $"exit {outcome.Exit}, wanted {exit} with \"{text}\":\n{outcome.Output}");
    }

    private async Task Throws(string what, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
            Expect(what, false);
        }
        catch (HttpRequestException)
        {
            Expect(what, true);
        }
    }

    private void Expect(string what, bool holds, string seen = "")
    {
        Console.WriteLine(
            $"{(holds ? "holds" : "DOES NOT HOLD")}: {what}{(holds || seen.Length == 0 ? "" : "\n    " + seen.TrimEnd().Replace("\n", "\n    ", StringComparison.Ordinal))}");
        _ = holds ? passed++ : failed++;
    }
}
