using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubelet;

/// <summary>Gets the node its client certificate: a CSR shown with the bootstrap token, approved and signed by the cluster.</summary>
/// <remarks>
/// As with <c>rotateCertificates: true</c> (<c>pkg/kubelet/certificate/bootstrap/bootstrap.go</c>, LoadClientConfig): kubelet.conf is written at once
/// and points to a certificate that only comes later. A kubelet.conf alone is therefore no proof of anything.
/// </remarks>
internal sealed class TlsBootstrap(KubeletSettings settings)
{
    private Kubeconfig? bootstrap;

    private string CurrentPath => Path.Combine(settings.CertificateFolder, "kubelet-client-current.pem");

    /// <summary>Decides whether a certificate is needed and, if so, writes kubelet.conf ahead of it.</summary>
    public void Prepare()
    {
        if (IsStillValid())
        {
            return;
        }
        if (settings.BootstrapPath.Length == 0 || !File.Exists(settings.BootstrapPath))
        {
            throw new FatalException(
                $"failed to run Kubelet: unable to load bootstrap kubeconfig: stat {settings.BootstrapPath}: no such file or directory");
        }
        bootstrap = Kubeconfig.Parse(File.ReadAllText(settings.BootstrapPath));
        NodeFile.WritePrivate(settings.KubeconfigPath, Kubeconfig.ForCertificate(bootstrap.Server, bootstrap.CaPem ?? "", CurrentPath));
    }

    /// <summary>Waits for the certificate where one is needed; gives the credentials to use from then on.</summary>
    public async Task<Kubeconfig> FinishAsync(CancellationToken ct)
    {
        if (bootstrap is not null)
        {
            Klog.Info("certificate_manager.go:356", "\"Certificate rotation is enabled, but no certificate yet: requesting one\"");
            using ApiClient api = new(bootstrap.Server, bootstrap.CaPem, bootstrap.Token);
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            string certificate = await RequestAsync(api, key, ct).ConfigureAwait(false);
            string dated = $"kubelet-client-{DateTime.Now.ToString("yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture)}.pem";
            NodeFile.WritePrivate(Path.Combine(settings.CertificateFolder, dated), certificate + key.ExportECPrivateKeyPem() + "\n");
            string temporary = CurrentPath + ".tmp";
            File.Delete(temporary);
            File.CreateSymbolicLink(temporary, Path.Combine(settings.CertificateFolder, dated));
            File.Move(temporary, CurrentPath, overwrite: true);
            Klog.Info("certificate_store.go:130", $"Loading cert/key pair from \"{CurrentPath}\".");
        }
        return Kubeconfig.Parse(await File.ReadAllTextAsync(settings.KubeconfigPath, ct).ConfigureAwait(false));
    }

    private bool IsStillValid()
    {
        try
        {
            using X509Certificate2 certificate = Kubeconfig.Parse(File.ReadAllText(settings.KubeconfigPath)).LoadCertificate();
            return certificate.NotAfter.ToUniversalTime() > DateTime.UtcNow;
        }
        catch (Exception e) when (e is IOException or FatalException)
        {
            return false;
        }
    }

    private async Task<string> RequestAsync(ApiClient api, ECDsa key, CancellationToken ct)
    {
        X500DistinguishedNameBuilder subject = new();
        subject.AddOrganizationName("system:nodes");
        subject.AddCommonName("system:node:" + settings.NodeName);
        string csr = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        JsonObject body = new()
        {
            ["apiVersion"] = "certificates.k8s.io/v1",
            ["kind"] = "CertificateSigningRequest",
            ["metadata"] = new JsonObject { ["generateName"] = "csr-" },
            ["spec"] = new JsonObject
            {
                ["request"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(csr)),
                ["signerName"] = "kubernetes.io/kube-apiserver-client-kubelet",
                ["usages"] = new JsonArray("digital signature", "client auth"),
            },
        };
        string? name = null;
        while (true)
        {
            try
            {
                const string path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
                JsonObject answer = name is null
                    ? await api.SendAsync(HttpMethod.Post, path, body).ConfigureAwait(false)
                    : await api.SendAsync(HttpMethod.Get, $"{path}/{name}").ConfigureAwait(false);
                name ??= answer["metadata"]!["name"]!.GetValue<string>();
                if (answer["status"]?["certificate"]?.GetValue<string>() is { } certificate)
                {
                    return Encoding.ASCII.GetString(Convert.FromBase64String(certificate));
                }
                if (answer["status"]?["conditions"] is JsonArray conditions && conditions.Any(c => c?["type"]?.ToString() == "Denied"))
                {
                    throw new FatalException("certificate signing request was denied");
                }
            }
            catch (ApiException e)
            {
                Klog.Error(
                    "certificate_manager.go:562", $"\"Failed while requesting a signed certificate from the control plane\" err=\"cannot create certificate signing request: {e.Message}\"");
                name = e.Status == 404 ? null : name;
                await Task.Delay(2000, ct).ConfigureAwait(false);
            }
            await Task.Delay(300, ct).ConfigureAwait(false);
        }
    }
}
