// SPDX-License-Identifier: Apache-2.0
// java.net.http.WebSocket. See ../README.md for what every program here prints.
import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class JavaClient implements WebSocket.Listener {
  private final CountDownLatch ended = new CountDownLatch(1);
  private final StringBuilder text = new StringBuilder();
  private final boolean leaves;
  private int count = 0;

  private JavaClient(boolean leaves) {
    this.leaves = leaves;
  }

  private static synchronized void say(String words) {
    System.out.println(words);
    System.out.flush();
  }

  @Override
  public CompletionStage<?> onText(WebSocket wire, CharSequence part, boolean last) {
    text.append(part);
    if (last) {
      say("text " + text);
      text.setLength(0);
      if (leaves && ++count == 10) wire.sendClose(1000, "");
    }
    wire.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket wire, int code, String reason) {
    say("close " + code + " " + reason);
    ended.countDown();
    return null;
  }

  @Override
  public void onError(WebSocket wire, Throwable error) {
    say("close 1006 " + error);
    ended.countDown();
  }

  private static SSLContext trust(String path) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (FileInputStream file = new FileInputStream(path)) {
      store.setCertificateEntry("it",
          CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  public static void main(String[] words) throws Exception {
    HttpClient.Builder http = HttpClient.newBuilder();
    if (words[0].startsWith("wss")) http.sslContext(trust(words[1]));
    JavaClient client = new JavaClient(words[3].equals("leave"));
    WebSocket wire = http.build().newWebSocketBuilder().subprotocols("tickgate.v1.json")
        .buildAsync(URI.create(words[0]), client).join();
    say("open " + wire.getSubprotocol());
    wire.sendText(words[2], true);
    client.ended.await();
    System.exit(0);
  }
}
