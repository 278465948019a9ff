import { DefaultApolloClient } from '@vue/apollo-composable';
import { createApp } from 'vue';
import App from './App.vue';
import { client } from './plugins/apollo.js';
import { vuetify } from './plugins/vuetify.js';
import { router } from './router.js';
import 'vuetify/styles/core';
import './styles/main.css';

createApp(App).provide(DefaultApolloClient, client).use(vuetify).use(router).mount('#app');
